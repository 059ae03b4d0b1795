"""Indexes that hold all that lists of conversations are filtered by, and figures kept for each day."""

import sqlalchemy as sa
from alembic import op

from clinic.database import UtcDateTime

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None

FILTERED = (
    "channel outcome lowest_confidence booking_steps not_understood thumbs_up thumbs_down trouble_at".split()
)
COUNTED = "topics visitor_messages booked".split()
RARE = {
    "not_understood": "not_understood > 0",
    "thumbs_up": "thumbs_up > 0",
    "thumbs_down": "thumbs_down > 0",
    "trouble": "trouble_at IS NOT NULL",
    "unsure": "lowest_confidence < 0.5",
}
LEADING = {
    "last_at": ["last_at"],
    "started_at": ["started_at"],
    "channel": ["channel", "last_at"],
    "outcome": ["outcome", "last_at"],
} | dict.fromkeys(RARE, ["last_at"])
BEFORE = {
    "last_at": ["last_at", "id"],
    "started_at": ["started_at", "id"],
    "channel": ["channel", "last_at", "id"],
    "outcome": ["outcome", "last_at", "id"],
    "confidence": ["last_at", "id", "lowest_confidence"],
    "counted": [
        *("last_at", "channel", "outcome", "topics", "lowest_confidence", "visitor_messages"),
        *("not_understood", "thumbs_up", "thumbs_down", "booking_steps", "booked", "trouble_at"),
    ],
} | dict.fromkeys(RARE, ["last_at", "id", "lowest_confidence"])


def upgrade() -> None:
    for name in BEFORE:
        op.drop_index(f"ix_conversations_{name}", "conversations")
    for name, order in LEADING.items():
        held = [column for column in FILTERED if column not in order]
        _create(name, [*order, "id", *held, *(COUNTED if name == "last_at" else ())])


def downgrade() -> None:
    for name in LEADING:
        op.drop_index(f"ix_conversations_{name}", "conversations")
    for name, columns in BEFORE.items():
        _create(name, columns)


def _create(name: str, columns: list[str]) -> None:
    when = sa.text(RARE[name]) if name in RARE else None
    op.create_index(
        f"ix_conversations_{name}", "conversations", columns, sqlite_where=when, postgresql_where=when
    )
