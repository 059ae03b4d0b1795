"""The widget: thumbs, accepted privacy notices, who of the staff is writing."""

import sqlalchemy as sa
from alembic import op

from clinic.database import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
# The triggers tell clinic/channels/follow.py of what happens in a conversation.
# The lock makes events visible in the order of their numbers within a conversation: without it a
# stream that has seen number 8 would never look for a 7 that is committed later. The number is
# taken under the lock. 512 locks are enough for all conversations, and fit PostgreSQL's lock table.
TRIGGERS = """
CREATE FUNCTION clinic_next_event() RETURNS trigger AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(5006, hashtext(NEW.sender_id) & 511);
  NEW.id := nextval(pg_get_serial_sequence('events', 'id'));
  PERFORM pg_notify('clinic_conversation', NEW.sender_id);
  RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE FUNCTION clinic_typing() RETURNS trigger AS $$
BEGIN
  PERFORM pg_notify('clinic_conversation', coalesce(NEW.conversation, OLD.conversation));
  RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER clinic_next_event BEFORE INSERT ON events
  FOR EACH ROW EXECUTE FUNCTION clinic_next_event();
CREATE TRIGGER clinic_typing AFTER INSERT OR UPDATE OR DELETE ON staff_typing
  FOR EACH ROW EXECUTE FUNCTION clinic_typing();
"""


def upgrade() -> None:
    op.create_table(
        "feedback",
        sa.Column("conversation", sa.String(255), primary_key=True),
        sa.Column("event_id", sa.Integer, primary_key=True),
        sa.Column("helpful", sa.Boolean, nullable=False),
        sa.Column("given_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "notices",
        sa.Column("version", sa.String(16), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("first_accepted_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "accepted_notices",
        sa.Column("conversation", sa.String(255), primary_key=True),
        sa.Column("version", sa.String(16), primary_key=True),
        sa.Column("accepted_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "staff_typing",
        sa.Column("conversation", sa.String(255), primary_key=True),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("until", UtcDateTime, nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(TRIGGERS)


def downgrade() -> None:
    for table in ("staff_typing", "accepted_notices", "notices", "feedback"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER clinic_next_event ON events")
        op.execute("DROP FUNCTION clinic_next_event, clinic_typing")
