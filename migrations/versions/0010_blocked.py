"""Time that the clinic keeps for itself, how far each booking came, and an index for the figures."""

import sqlalchemy as sa
from alembic import op

from clinic.database import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

COUNTED = (
    "last_at channel outcome topics lowest_confidence visitor_messages not_understood thumbs_up thumbs_down "
    "booking_steps booked trouble_at"
)
# A booking's steps, as clinic/conversation/summary.py counts them: each from the events that show it.
STEPS = """
UPDATE conversations SET booking_steps =
  CASE WHEN EXISTS (SELECT 1 FROM events WHERE sender_id = conversations.id AND type_name = 'user'
                    AND intent_name = 'book') THEN 1 ELSE 0 END
  + CASE WHEN EXISTS (SELECT 1 FROM events WHERE sender_id = conversations.id AND type_name = 'slot'
                      AND action_name = 'appointment_start' AND data NOT LIKE '%"value": null%')
    THEN 2 ELSE 0 END
  + CASE WHEN EXISTS (SELECT 1 FROM events WHERE sender_id = conversations.id AND type_name = 'slot'
                      AND action_name = 'client_contact' AND data NOT LIKE '%"value": null%')
    THEN 4 ELSE 0 END
"""


def upgrade() -> None:
    op.create_table(
        "blocked_times",
        sa.Column("key", sa.String(36), primary_key=True),
        sa.Column("practitioner", sa.String(255), primary_key=True),
        sa.Column("starts_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False, index=True),
        sa.Column("reason", sa.String(255), nullable=False),
        sa.Column("who", sa.String(255), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_appointments_starts_at", "appointments", ["starts_at"])
    op.add_column("conversations", sa.Column("booking_steps", sa.Integer, nullable=False, server_default="0"))
    op.execute(sa.text(STEPS.replace(":", r"\:")))
    op.create_index("ix_conversations_counted", "conversations", COUNTED.split())


def downgrade() -> None:
    op.drop_index("ix_conversations_counted", "conversations")
    with op.batch_alter_table("conversations") as table:
        table.drop_column("booking_steps")
    op.drop_index("ix_appointments_starts_at", "appointments")
    op.drop_table("blocked_times")
