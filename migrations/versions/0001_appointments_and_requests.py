"""Appointments, sold time, requests and received messages."""

import sqlalchemy as sa
from alembic import op

from clinic.database import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "appointments",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("reference", sa.String(16), nullable=False, unique=True),
        sa.Column("idempotency_key", sa.String(255), nullable=False, unique=True),
        sa.Column("service", sa.String(255), nullable=False),
        sa.Column("practitioner", sa.String(255), nullable=False),
        sa.Column("starts_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("client_name", sa.String(255), nullable=False),
        sa.Column("client_contact", sa.String(255), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("conversation", sa.String(255)),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "sold_time",
        sa.Column("practitioner", sa.String(255), primary_key=True),
        sa.Column("at", UtcDateTime, primary_key=True),
        sa.Column("appointment_id", sa.Integer, sa.ForeignKey("appointments.id"), nullable=False, index=True),
    )
    op.create_table(
        "requests",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("idempotency_key", sa.String(255), nullable=False, unique=True),
        sa.Column("conversation", sa.String(255), nullable=False),
        sa.Column("client_name", sa.String(255), nullable=False),
        sa.Column("client_contact", sa.String(255), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "received_messages",
        sa.Column("channel", sa.String(32), primary_key=True),
        sa.Column("message_id", sa.String(64), primary_key=True),
        sa.Column("conversation", sa.String(255), nullable=False, index=True),
        sa.Column("received_at", UtcDateTime, nullable=False),
    )


def downgrade() -> None:
    for table in ("received_messages", "requests", "sold_time", "appointments"):
        op.drop_table(table)
