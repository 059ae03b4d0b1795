"""Indexes that hold all that lists of conversations are filtered by, and figures kept for each day."""

import sqlalchemy as sa
from alembic import op

from clinic.database import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

FILTERED = (
    "channel outcome lowest_confidence booking_steps not_understood thumbs_up thumbs_down trouble_at".split()
)
COUNTED = ["visitor_messages", "booked"]
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
} | {name: ["last_at"] for name in RARE}
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
} | {name: ["last_at", "id", "lowest_confidence"] for name in RARE}

CHANGING = (
    "last_at, channel, outcome, topics, visitor_messages, not_understood, thumbs_up, thumbs_down, "
    "booking_steps, booked, trouble_at"
)
# A day that was counted is forgotten with any change of its conversations. A day has two midnights at most
# two days apart, so that a few rows are looked at, however many days there are.
FORGET = """
DELETE FROM counted_days
WHERE starts_at > {before} AND starts_at <= {row}.last_at AND ends_at > {row}.last_at;
"""
LATELY = {"sqlite": "datetime({row}.last_at, '-2 days')", "postgresql": "{row}.last_at - interval '2 days'"}


def forget(dialect: str, row: str) -> str:
    """Return the statement of a trigger for the OLD or the NEW row."""
    return FORGET.format(row=row, before=LATELY[dialect].format(row=row))


SQLITE = [
    f"CREATE TRIGGER conversations_{name} AFTER {event} ON conversations BEGIN {statements} END"
    for name, event, statements in (
        ("begun", "INSERT", forget("sqlite", "NEW")),
        ("changed", f"UPDATE OF {CHANGING}", forget("sqlite", "OLD") + forget("sqlite", "NEW")),
        ("erased", "DELETE", forget("sqlite", "OLD")),
    )
]
POSTGRESQL = [
    f"""
CREATE FUNCTION forget_counted_day_{row.lower()}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
{forget("postgresql", row)}
RETURN NULL;
END $$
"""
    for row in ("OLD", "NEW")
] + [
    f"CREATE TRIGGER conversations_{name} AFTER {event} ON conversations "
    f"FOR EACH ROW EXECUTE FUNCTION forget_counted_day_{row}()"
    for name, event, row in (
        ("begun", "INSERT", "new"),
        ("came_from", f"UPDATE OF {CHANGING}", "old"),
        ("went_to", f"UPDATE OF {CHANGING}", "new"),
        ("erased", "DELETE", "old"),
    )
]


def upgrade() -> None:
    op.create_table(
        "counted_days",
        sa.Column("starts_at", UtcDateTime, primary_key=True),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("noted_at", UtcDateTime, nullable=False),
        sa.Column("figures", sa.Text),
    )
    for name in BEFORE:
        op.drop_index(f"ix_conversations_{name}", "conversations")
    for name, order in LEADING.items():
        held = [column for column in FILTERED if column not in order]
        _create(name, [*order, "id", *held, *(COUNTED if name == "last_at" else ())])
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(sa.text(statement))


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in ("begun", "changed", "erased"):
            op.execute(f"DROP TRIGGER conversations_{name}")
    else:
        for row in ("old", "new"):
            op.execute(f"DROP FUNCTION forget_counted_day_{row} CASCADE")
    op.drop_table("counted_days")
    for name in LEADING:
        op.drop_index(f"ix_conversations_{name}", "conversations")
    for name, columns in BEFORE.items():
        _create(name, columns)


def _create(name: str, columns: list[str]) -> None:
    when = sa.text(RARE[name]) if name in RARE else None
    op.create_index(
        f"ix_conversations_{name}", "conversations", columns, sqlite_where=when, postgresql_where=when
    )
