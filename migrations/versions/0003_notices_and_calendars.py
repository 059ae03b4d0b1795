"""E-mails to send; calendars that are published to, read from and subscribed to."""

import sqlalchemy as sa
from alembic import op

from clinic.database import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_appointment_changes_at", "appointment_changes", ["at"])
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("event", sa.String(64), nullable=False),
        sa.Column("audience", sa.String(8), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("appointment_id", sa.Integer, sa.ForeignKey("appointments.id"), nullable=False, index=True),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("starts_at", UtcDateTime, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_try_at", UtcDateTime, nullable=False),
        sa.Column("claimed_by", sa.String(36)),
        sa.Column("claimed_until", UtcDateTime),
        sa.Column("trouble", sa.String(255)),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("settled_at", UtcDateTime),
        sa.UniqueConstraint("event", "audience", "kind", name="uq_outbox_event_audience_kind"),
    )
    op.create_index("ix_outbox_status_next_try_at", "outbox", ["status", "next_try_at"])
    op.create_table(
        "calendar_copies",
        sa.Column("appointment_id", sa.Integer, sa.ForeignKey("appointments.id"), primary_key=True),
        sa.Column("calendar", sa.String(1000), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
    )
    op.create_table(
        "busy_times",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("calendar", sa.String(1000), nullable=False),
        sa.Column("practitioner", sa.String(255), nullable=False),
        sa.Column("starts_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False, index=True),
    )
    op.create_table(
        "calendar_feeds",
        sa.Column("practitioner", sa.String(255), primary_key=True),
        sa.Column("secret", sa.String(64), nullable=False, unique=True),
    )


def downgrade() -> None:
    for table in ("calendar_feeds", "busy_times", "calendar_copies", "outbox"):
        op.drop_table(table)
    op.drop_index("ix_appointment_changes_at", "appointment_changes")
