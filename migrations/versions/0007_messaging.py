"""Messaging platforms: whom replies go to, and what has been delivered."""

import sqlalchemy as sa
from alembic import op

from clinic.database import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("received_messages", sa.Column("kind", sa.String(16)))
    op.create_table(
        "messaged",
        sa.Column("conversation", sa.String(255), primary_key=True),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("recipient", sa.String(255), nullable=False),
        sa.Column("through", sa.String(255), nullable=False),
        sa.Column("last_event", sa.Integer, nullable=False),
        sa.Column("heard_at", UtcDateTime, nullable=False),
        sa.Column("stopped_at", UtcDateTime),
        sa.Index("ix_messaged_recipient", "recipient"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("conversation", sa.String(255), nullable=False),
        sa.Column("event_id", sa.Integer, nullable=False),
        sa.Column("part", sa.Integer, nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("content", sa.Text),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_try_at", UtcDateTime, nullable=False),
        sa.Column("platform_id", sa.String(255)),
        sa.Column("trouble", sa.String(255)),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("sent_at", UtcDateTime),
        sa.UniqueConstraint("conversation", "event_id", "part", name="uq_deliveries_conversation_event_part"),
        sa.Index("ix_deliveries_platform_id", "platform_id"),
        sa.Index("ix_deliveries_state_next_try_at", "state", "next_try_at"),
    )


def downgrade() -> None:
    op.drop_table("deliveries")
    op.drop_table("messaged")
    with op.batch_alter_table("received_messages") as table:
        table.drop_column("kind")
