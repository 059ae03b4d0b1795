"""What is counted, in four statements: three over indexes, one over few events.

All that is counted stands in the indexes ix_conversations_last_at and ix_conversation_topics_topic, so that
no row is read, and a period of many conversations costs as much as its part of them. The hours are put
together in Python, where the clinic's time zone is known.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from clinic.console.numbers.period import Period
from clinic.conversation.tables import conversations, events
from clinic.database import UtcDateTime, appointments

LATEST = 500  # conversations whose replies are timed
# What a conversation must have done to count for a step of the booking: bits of summary.BOOKING_STEPS.
STEPS = {"wanted": 1, "time chosen": 1 | 2, "contact given": 1 | 2 | 4}
NAMED = ("channels", "outcomes", "topics", "funnel", "sums")  # the figures by name
SUMS = ("messages", "asked_back", "unclear", "up", "down", "trouble", "booked")
# Each topic once, by jumps in the index, and a count of a stretch of it.
BY_TOPIC = sa.text("""
WITH RECURSIVE found(topic) AS (
  SELECT min(topic) FROM conversation_topics
  UNION ALL SELECT (SELECT min(topic) FROM conversation_topics WHERE topic > found.topic) FROM found
  WHERE found.topic IS NOT NULL
)
SELECT topic, (SELECT count(*) FROM conversation_topics AS one
               WHERE one.topic = found.topic AND last_at >= :start AND last_at < :end) AS total
FROM found WHERE topic IS NOT NULL
""").bindparams(sa.bindparam("start", type_=UtcDateTime), sa.bindparam("end", type_=UtcDateTime))


@dataclass
class Counted:
    """The figures of a period.

    Attributes:
        total: Conversations.
        days: Conversations by local day.
        hours: Conversations by (weekday from 0 for Monday, local hour).
        channels: Conversations by channel.
        outcomes: Conversations by the most that came of them.
        topics: Conversations by topic; one of several topics counts for each.
        funnel: Conversations that reached each step of a booking.
        sums: Messages of visitors (``messages``) and those that were asked back (``asked_back``);
            conversations with any such (``unclear``), with a thumb up or down, with an apology, booked.

    """

    total: int = 0
    days: Counter[date] = field(default_factory=Counter)
    hours: Counter[tuple[int, int]] = field(default_factory=Counter)
    channels: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    topics: Counter[str] = field(default_factory=Counter)
    funnel: Counter[str] = field(default_factory=Counter)
    sums: Counter[str] = field(default_factory=Counter)

    def add(self, other: Counted) -> None:
        """Add the figures of another period."""
        self.total += other.total
        for name in ("days", "hours", *NAMED):
            getattr(self, name).update(getattr(other, name))


def count(connection: Connection, period: Period) -> Counted:
    """Count the conversations whose latest message lies in a period."""
    counted = Counted()
    for row in connection.execute(_by_hour(connection, period)):
        at = datetime.fromisoformat(row.bucket).replace(tzinfo=UTC).astimezone(period.zone)
        counted.days[at.date()] += row.total
        counted.hours[at.weekday(), at.hour] += row.total
    for row in connection.execute(_by_outcome(period)):
        counted.total += row.total
        counted.channels[row.channel] += row.total
        counted.outcomes[row.outcome] += row.total
        counted.sums.update({name: getattr(row, name) for name in SUMS})
        counted.funnel.update({name: getattr(row, f"step{bits}") for name, bits in STEPS.items()})
    counted.funnel["booked"] = counted.sums["booked"]
    counted.topics = _topics(connection, period)
    return counted


def _by_hour(connection: Connection, period: Period) -> sa.sql.Select:
    bucket = _bucket(connection, period).label("bucket")
    return sa.select(bucket, sa.func.count().label("total")).where(*_within(period)).group_by(bucket)


def _by_outcome(period: Period) -> sa.sql.Select:
    row = conversations.c
    columns = [
        sa.func.count().label("total"),
        sa.func.sum(row.visitor_messages).label("messages"),
        sa.func.sum(row.not_understood).label("asked_back"),
        _how_many(row.not_understood > 0, "unclear"),
        _how_many(row.thumbs_up > 0, "up"),
        _how_many(row.thumbs_down > 0, "down"),
        _how_many(row.trouble_at.isnot(None), "trouble"),
        _how_many(row.booked, "booked"),
        *(_how_many(row.booking_steps.op("&")(bits) == bits, f"step{bits}") for bits in STEPS.values()),
    ]
    channel = sa.func.coalesce(row.channel, "").label("channel")  # or SQLite would use the channel's index
    selected = sa.select(channel, row.outcome, *columns).where(*_within(period))
    return selected.group_by(channel, row.outcome)


def _how_many(condition: Any, name: str) -> Any:
    return sa.func.sum(sa.case((condition, 1), else_=0)).label(name)


def _within(period: Period) -> tuple[Any, Any]:
    return conversations.c.last_at >= period.start, conversations.c.last_at < period.end


def _bucket(connection: Connection, period: Period) -> Any:
    """Return the start of the hour as text, in UTC; of the minute where the zone is off by parts of one."""
    moments = (period.start + timedelta(days=n) for n in range(0, period.days + 1, 30))
    offsets = [moment.astimezone(period.zone).utcoffset() or timedelta() for moment in moments]
    whole = not any(offset % timedelta(hours=1) for offset in offsets)
    if connection.dialect.name == "postgresql":
        pattern = "YYYY-MM-DD HH24" if whole else "YYYY-MM-DD HH24:MI"
        return sa.func.to_char(sa.func.timezone("UTC", conversations.c.last_at), pattern)
    return sa.func.substr(conversations.c.last_at, 1, 13 if whole else 16, type_=sa.String)


def _topics(connection: Connection, period: Period) -> Counter[str]:
    """Count each topic's conversations in the topics' own index, whose order they are found in."""
    rows = connection.execute(BY_TOPIC, {"start": period.start, "end": period.end})
    return Counter({row.topic: row.total for row in rows if row.total})


def reply_seconds(connection: Connection, period: Period) -> tuple[float | None, int]:
    """Return the median time from a message to the first reply, and of how many messages it is.

    It is taken from the latest 500 conversations of the period; None where nothing was replied.
    """
    latest = (
        sa.select(conversations.c.id)
        .where(*_within(period))
        .order_by(conversations.c.last_at.desc(), conversations.c.id.desc())
        .limit(LATEST)
    )
    row, order = events.c, {"partition_by": events.c.sender_id, "order_by": events.c.id}
    said = (
        sa.select(
            row.type_name,
            row.timestamp,
            sa.func.lead(row.type_name).over(**order).label("next_type"),
            sa.func.lead(row.timestamp).over(**order).label("next_at"),
        )
        .where(row.sender_id.in_(latest), row.type_name.in_(("user", "bot")))
        .subquery()
    )
    replied = (said.c.type_name == "user") & (said.c.next_type == "bot")
    seconds = connection.execute(sa.select(said.c.next_at - said.c.timestamp).where(replied)).scalars().all()
    return (statistics.median(seconds) if seconds else None), len(seconds)


def appointments_by_status(connection: Connection, period: Period) -> dict[str, int]:
    """Count the appointments that begin in a period."""
    row = appointments.c
    query = sa.select(row.status, sa.func.count().label("total")).group_by(row.status)
    rows: Iterable[Any] = connection.execute(
        query.where(row.starts_at >= period.start, row.starts_at < period.end)
    )
    return {one.status: one.total for one in rows}
