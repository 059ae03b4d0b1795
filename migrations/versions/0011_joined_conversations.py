"""Conversations that a client has asked to be told of an appointment in, beside the one it was booked in."""

import sqlalchemy as sa
from alembic import op

from clinic.database import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "joined_conversations",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("appointment_id", sa.Integer, sa.ForeignKey("appointments.id"), nullable=False),
        sa.Column("conversation", sa.String(255), nullable=False, index=True),
        sa.Column("agreed", sa.Boolean, nullable=False),
        sa.Column("decided_at", UtcDateTime, nullable=False),
        sa.UniqueConstraint("appointment_id", "conversation", name="uq_joined_conversations_appointment"),
    )


def downgrade() -> None:
    op.drop_table("joined_conversations")
