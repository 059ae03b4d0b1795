"""The hours of the week by the clinic's clock, in SQL: databases do not all know time zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from clinic.database import UtcDateTime

EARLIEST = date(2020, 1, 1)  # before the first conversation
HOUR, DAY, WEEK = 3600, 86_400, 604_800  # seconds
MONDAY = 3 * DAY  # the first of January 1970 was a Thursday
HOURS = {f"{day}-{hour}" for day in range(7) for hour in range(24)}


def within(moment: Any, hour: str, first: date | None, last: date, zone: ZoneInfo) -> Any:
    """Return SQL that says whether a moment lies in an hour of the week.

    Args:
        moment: A column of UTC times.
        hour: One of HOURS: ``0-14`` is from 14:00 to 15:00 on Mondays.
        first: Local day from which on moments are asked for.
        last: Local day until which they are.
        zone: The clinic's.

    """
    day, begins = hour.split("-")
    offsets = changes(first or EARLIEST, last, zone)
    usual = offsets.pop()[1]
    cases = [(moment < sa.literal(until, UtcDateTime), seconds) for until, seconds in offsets]
    shift = sa.case(*cases, else_=usual) if cases else usual
    begin = int(day) * DAY + int(begins) * HOUR
    return (sa.extract("epoch", moment) + shift + MONDAY + WEEK - begin) % WEEK < HOUR


def changes(first: date, last: date, zone: ZoneInfo) -> list[tuple[datetime, int]]:
    """Return (until when, UTC; seconds ahead of UTC) of the offsets that a clock has, one after the other."""
    at = datetime.combine(first, time(), UTC) - timedelta(days=1)
    end = datetime.combine(last, time(), UTC) + timedelta(days=2)
    found = []
    while at < end:
        after = at + timedelta(days=1)
        if _offset(at, zone) != _offset(after, zone):
            minutes = (at + timedelta(minutes=n) for n in range(1, 1441))
            until = next(one for one in minutes if _offset(one, zone) != _offset(at, zone))
            found.append((until, _offset(at, zone)))
        at = after
    return [*found, (end, _offset(end, zone))]


def _offset(at: datetime, zone: ZoneInfo) -> int:
    return int((at.astimezone(zone).utcoffset() or timedelta()).total_seconds())
