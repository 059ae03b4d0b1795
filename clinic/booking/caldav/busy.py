"""Takes practitioners' busy times from their calendars into the table busy_times.

What was read last stays until it is read anew: a server that is away frees no time and blocks none.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from clinic.booking.caldav.client import CalendarAway, Calendars
from clinic.booking.model import Period
from clinic.booking.visits import OURS
from clinic.database import busy_times
from clinic.settings import ClinicFile

logger = logging.getLogger(__name__)


def take_busy_times(engine: Engine, calendars: Calendars, clinic: ClinicFile, now: datetime) -> None:
    """Read every calendar that clinic.yml names, as far ahead as can be booked.

    Raises:
        CalendarAway: some could not be read; the others have been.

    """
    end = now + timedelta(days=clinic.booking.horizon_days + 2)
    named = [(p.name, c) for p in clinic.practitioners for c in _calendars_of(p.calendar, p.busy_calendars)]
    _forget_others(engine, named)
    trouble = None
    for practitioner, calendar in named:
        try:
            texts = calendars.entries(calendar, now, end)
        except CalendarAway as away:
            trouble = away
        else:
            _keep(engine, practitioner, calendar, busy_periods(texts, clinic.zone, now, end))
    if trouble:
        raise trouble


def busy_periods(texts: list[str], zone: ZoneInfo, start: datetime, end: datetime) -> list[Period]:
    """Return when the owner of these calendar entries is busy, in UTC, repeating entries laid out in time.

    Entries of this program, cancelled ones and those marked as free take no time. Days without a time
    are whole days in ``zone``, and so are times without a zone. An entry that cannot be read is left out.
    """
    found: set[Period] = set()
    unreadable = 0
    for text in texts:
        try:
            found.update(_periods(text, zone, start, end))
        except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError):
            unreadable += 1
    if unreadable:
        logger.warning("%d calendar entries could not be read; their times are not blocked.", unreadable)
    return sorted(found)


def _periods(text: str, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Period]:
    for event in recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between(start, end):
        ours = str(event.get("UID", "")).endswith(OURS)
        free = str(event.get("TRANSP", "OPAQUE")).upper() == "TRANSPARENT"
        if ours or free or str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        since, until = _moment(event.start, zone), _moment(event.end, zone)
        if since < until and since < end and until > start:
            yield since, until


def _moment(value: date | datetime, zone: ZoneInfo) -> datetime:
    if not isinstance(value, datetime):
        return datetime.combine(value, time.min, zone).astimezone(UTC)
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)


def _calendars_of(own: str | None, others: list[str]) -> list[str]:
    return list(dict.fromkeys([own, *others] if own else others))


def _keep(engine: Engine, practitioner: str, calendar: str, periods: list[Period]) -> None:
    """Put what was read in the place of what was read before, where it differs."""
    own = sa.and_(busy_times.c.practitioner == practitioner, busy_times.c.calendar == calendar)
    known = sa.select(busy_times.c.starts_at, busy_times.c.ends_at).where(own)
    about = {"practitioner": practitioner, "calendar": calendar}
    rows = [about | {"starts_at": since, "ends_at": until} for since, until in periods]
    with engine.begin() as connection:
        if sorted(tuple(row) for row in connection.execute(known)) == periods:
            return
        connection.execute(busy_times.delete().where(own))
        if rows:
            connection.execute(busy_times.insert(), rows)


def _forget_others(engine: Engine, named: list[tuple[str, str]]) -> None:
    """Free the times of calendars that clinic.yml no longer names."""
    pair = (busy_times.c.practitioner, busy_times.c.calendar)
    with engine.connect() as connection:
        known = {tuple(row) for row in connection.execute(sa.select(*pair).distinct())}
    for practitioner, calendar in known - set(named):
        with engine.begin() as connection:
            gone = sa.and_(pair[0] == practitioner, pair[1] == calendar)
            connection.execute(busy_times.delete().where(gone))
