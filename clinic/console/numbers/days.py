"""Figures of the days that are over, kept so that a year's page needs no year's counting.

A day that is not kept is counted when it is asked for, so the page is right at any time. The console keeps
them in the background: a day is noted first, and counted once every transaction that was open at that
moment has ended. From the note on, the database takes the day away as soon as one of its conversations
changes (triggers of the migration), and it is noted anew. So nothing that is kept is ever out of date.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from clinic.console.numbers import counts
from clinic.console.numbers.counts import Counted
from clinic.console.numbers.period import MOST_DAYS, Period
from clinic.conversation.tables import conversations, counted_days
from clinic.database import database
from clinic.settings import clinic, now

SETTLED = timedelta(minutes=1)  # no writer of conversations works on a transaction for so long
PAUSE_SECONDS = 60.0
logger = logging.getLogger(__name__)


def count(connection: Connection, period: Period) -> Counted:
    """Return a period's figures, put together from what is kept and what is not."""
    query = sa.select(counted_days).where(
        counted_days.c.starts_at >= period.start,
        counted_days.c.ends_at <= period.end,
        counted_days.c.figures.is_not(None),
    )
    kept = {(row.starts_at, row.ends_at): row.figures for row in connection.execute(query)}
    days = {day: kept.get((day.start, day.end)) for day in _each(period)}
    counted = Counted()
    for day, figures in days.items():
        if figures is not None:
            _add(counted, figures, day.first)
    for missing in _runs([day for day, figures in days.items() if figures is None]):
        counted.add(counts.count(connection, missing))
    return counted


async def keep_always() -> None:
    """Keep what can be kept every minute, as long as the console runs."""
    while True:
        try:
            zone = clinic().zone
            yesterday = now().astimezone(zone).date() - timedelta(days=1)
            period = Period(yesterday - timedelta(days=MOST_DAYS - 2), yesterday, zone)
            await asyncio.to_thread(keep, database(), period, datetime.now(UTC))
        except SQLAlchemyError as error:
            logger.error("Counting days waits: %s", type(error).__name__)  # noqa: TRY400 (no words in logs)
        await asyncio.sleep(PAUSE_SECONDS)


def keep(engine: Engine, period: Period, at: datetime) -> int:
    """Note the days of a period, and count those that were noted a minute ago.

    Args:
        engine: The database.
        period: Days that are over.
        at: The real time.

    Returns:
        How many days were counted.

    """
    with engine.connect() as connection:
        earliest = connection.execute(sa.select(sa.func.min(conversations.c.last_at))).scalar()
        noted = {row.starts_at: row for row in connection.execute(sa.select(counted_days))}
    wanted = {day.start: day for day in _each(period) if earliest and day.end > earliest}
    counted = 0
    for starts_at, row in noted.items():
        day = wanted.pop(starts_at, None)
        if day is None or day.end != row.ends_at:  # too old, or the clock of another time zone
            with engine.begin() as connection:
                connection.execute(counted_days.delete().where(counted_days.c.starts_at == starts_at))
        elif row.figures is None and row.noted_at <= at - SETTLED:
            counted += _count(engine, day, row.noted_at)
    _note(engine, list(wanted.values()), at)
    return counted


def _note(engine: Engine, days: list[Period], at: datetime) -> None:
    rows = [{"starts_at": day.start, "ends_at": day.end, "noted_at": at} for day in days]
    if rows:
        try:
            with engine.begin() as connection:
                connection.execute(counted_days.insert(), rows)
        except IntegrityError:  # another console has noted them
            return


def _count(engine: Engine, day: Period, noted_at: datetime) -> int:
    """Keep a day's figures, unless the day has been taken away meanwhile."""
    with engine.connect() as connection:
        figures = _written(counts.count(connection, day))
    mine = (counted_days.c.starts_at == day.start) & (counted_days.c.noted_at == noted_at)
    with engine.begin() as connection:
        return connection.execute(counted_days.update().where(mine).values(figures=figures)).rowcount


def _written(counted: Counted) -> str:
    hours = {hour: total for (_, hour), total in counted.hours.items()}
    named = {name: getattr(counted, name) for name in counts.NAMED}
    return json.dumps({"total": counted.total, "hours": hours, **named})


def _add(counted: Counted, figures: str, day: date) -> None:
    data = json.loads(figures)
    counted.total += data["total"]
    counted.days[day] += data["total"]
    counted.hours.update({(day.weekday(), int(hour)): total for hour, total in data["hours"].items()})
    for name in counts.NAMED:
        getattr(counted, name).update(data[name])


def _each(period: Period) -> Iterator[Period]:
    days = (period.first + timedelta(days=n) for n in range(period.days))
    return (Period(day, day, period.zone) for day in days)


def _runs(days: list[Period]) -> Iterator[Period]:
    """Yield the periods that days next to each other make."""
    begin = 0
    for n, day in enumerate(days):
        if n + 1 == len(days) or days[n + 1].first - day.first > timedelta(days=1):
            yield Period(days[begin].first, day.last, day.zone)
            begin = n + 1
