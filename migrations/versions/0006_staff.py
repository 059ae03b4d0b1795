"""The staff's console: accounts, sessions, links, log-in attempts, requests' handling, the audit trail."""

import sqlalchemy as sa
from alembic import op

from clinic.database import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# The trail is only ever added to. Erasing a person may take the subject out of an entry, and no more.
SQLITE_TRIGGERS = (
    """
CREATE TRIGGER audit_trail_kept BEFORE DELETE ON audit_trail
BEGIN SELECT RAISE(ABORT, 'the audit trail is only added to'); END
""",
    """
CREATE TRIGGER audit_trail_unchanged BEFORE UPDATE ON audit_trail
WHEN NOT (NEW.subject = '(erased)' AND NEW.id = OLD.id AND NEW.at = OLD.at AND NEW.staff_id IS OLD.staff_id
          AND NEW.staff = OLD.staff AND NEW.action = OLD.action)
BEGIN SELECT RAISE(ABORT, 'the audit trail is only added to'); END
""",
)
POSTGRESQL_TRIGGERS = (
    """
CREATE FUNCTION clinic_audit_trail() RETURNS trigger AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NEW.subject = '(erased)' AND NEW.id = OLD.id AND NEW.at = OLD.at
       AND NEW.staff_id IS NOT DISTINCT FROM OLD.staff_id
       AND NEW.staff = OLD.staff AND NEW.action = OLD.action
    THEN RETURN NEW; END IF;
  END IF;
  RAISE EXCEPTION 'the audit trail is only added to';
END $$ LANGUAGE plpgsql;
CREATE TRIGGER audit_trail_unchanged BEFORE UPDATE OR DELETE ON audit_trail
  FOR EACH ROW EXECUTE FUNCTION clinic_audit_trail();
CREATE TRIGGER audit_trail_kept BEFORE TRUNCATE ON audit_trail
  FOR EACH STATEMENT EXECUTE FUNCTION clinic_audit_trail();
""",
)
TRIGGERS = {"sqlite": SQLITE_TRIGGERS, "postgresql": POSTGRESQL_TRIGGERS}


def upgrade() -> None:
    _create_staff()
    _create_sessions_and_links()
    _create_handling_of_requests()
    op.create_table(
        "audit_trail",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("staff_id", sa.Integer),
        sa.Column("staff", sa.String(64), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(300), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_trail_subject", "audit_trail", ["subject"])
    op.create_index("ix_audit_trail_staff_id_id", "audit_trail", ["staff_id", "id"])
    for statement in TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)


def _create_staff() -> None:
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("login", sa.String(64), nullable=False, unique=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("password", sa.String(255)),
        sa.Column("totp_secret", sa.String(255)),
        sa.Column("totp_step", sa.Integer),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "staff_recovery_codes",
        sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id"), primary_key=True),
        sa.Column("code_hash", sa.String(64), primary_key=True),
    )


def _create_sessions_and_links() -> None:
    op.create_table(
        "staff_sessions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id"), nullable=False, index=True),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("browser", sa.String(255), nullable=False),
    )
    op.create_table(
        "staff_links",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id"), index=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("used_at", UtcDateTime),
    )
    op.create_table(
        "staff_attempts",
        sa.Column("of", sa.String(64), primary_key=True),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
    )


def _create_handling_of_requests() -> None:
    op.add_column("requests", sa.Column("assigned_to", sa.Integer))
    op.add_column("requests", sa.Column("done_at", UtcDateTime))
    requests = sa.ForeignKey("requests.id", ondelete="CASCADE")
    op.create_table(
        "request_notes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("request_id", sa.Integer, requests, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("staff", sa.String(64), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_index("ix_request_notes_request_id", "request_notes", ["request_id"])


def downgrade() -> None:
    op.drop_table("request_notes")
    with op.batch_alter_table("requests") as table:
        table.drop_column("done_at")
        table.drop_column("assigned_to")
    names = (
        "audit_trail",
        "staff_attempts",
        "staff_links",
        "staff_sessions",
        "staff_recovery_codes",
        "staff",
    )
    for table in names:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION clinic_audit_trail")
