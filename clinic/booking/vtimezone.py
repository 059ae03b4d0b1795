"""A time zone as iCalendar wants it: each change of the clocks with its own local time.

The library's own has the spring's change an hour late, and lists changes as RDATE, which not every
calendar program reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

AROUND = timedelta(days=370)  # so that there is a change of clocks, if ever, before and after
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def vtimezone(zone: ZoneInfo, first: datetime, last: datetime) -> Timezone:
    """Return the VTIMEZONE that is right for all times from ``first`` to ``last`` (aware)."""
    component = Timezone()
    component.add("tzid", zone.key)
    start = (first - AROUND).astimezone(UTC).replace(second=0, microsecond=0)
    before = start.astimezone(zone)
    component.add_component(_observance(before, before))
    for change in _changes(zone, start, (last + AROUND).astimezone(UTC)):
        after = change.astimezone(zone)
        component.add_component(_observance((change - MINUTE).astimezone(zone), after))
    return component


def _observance(before: datetime, after: datetime) -> TimezoneStandard | TimezoneDaylight:
    """Return a change of clocks; it begins at its time on the old clock (RFC 5545, 3.6.5)."""
    observance = TimezoneDaylight() if after.dst() else TimezoneStandard()
    old = before.utcoffset() or timedelta()
    observance.add("dtstart", (after.astimezone(UTC) + old).replace(tzinfo=None))
    observance.add("tzoffsetfrom", old)
    observance.add("tzoffsetto", after.utcoffset() or timedelta())
    observance.add("tzname", after.tzname())
    return observance


def _changes(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield each moment (UTC) from which on the zone's offset is another."""
    days = (start + DAY * n for n in range((end - start).days + 2))
    for before, after in pairwise(days):
        if before.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            yield _change_between(zone, before, after)


def _change_between(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    old = before.astimezone(zone).utcoffset()
    low, high = 0, int((after - before) / MINUTE)
    while high - low > 1:
        middle = (low + high) // 2
        if (before + MINUTE * middle).astimezone(zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return before + MINUTE * high
