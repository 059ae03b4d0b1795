"""The widget: thumbs, accepted privacy notices, who of the staff is writing."""

import sqlalchemy as sa
from alembic import op

from clinic.database import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


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


def downgrade() -> None:
    for table in ("staff_typing", "accepted_notices", "notices", "feedback"):
        op.drop_table(table)
