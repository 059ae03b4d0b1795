"""Publishes appointments to the practitioners' calendars: what the table calendar_copies lacks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Engine

from clinic.booking import calendar, entries
from clinic.booking.caldav.client import CalendarAway, Calendars
from clinic.booking.visits import Visit, visits_of
from clinic.database import appointments, calendar_copies
from clinic.settings import ClinicFile

PAST = timedelta(days=1)  # appointments older than this are left as they are


@dataclass(frozen=True)
class Copy:
    """An appointment and where its entry stands: ``calendar`` is None where it stands nowhere."""

    visit: Visit
    calendar: str | None
    sequence: int | None


def publish(engine: Engine, calendars: Calendars, clinic: ClinicFile, now: datetime) -> int:
    """Bring the calendars up to date, as far as their servers answer.

    An entry is written before it is noted: after a crash it is written once more, which changes nothing.

    Returns:
        How many entries were written or removed.

    Raises:
        CalendarAway: some could not be; they are tried again at the next call.

    """
    wanted = {p.name: p.calendar for p in clinic.practitioners}
    done, trouble = 0, {}
    for copy in list(_outdated(engine, wanted, now)):
        target = None if copy.visit.is_cancelled else wanted.get(copy.visit.practitioner)
        if (copy.calendar or target) in trouble:
            continue
        try:
            _bring(engine, calendars, clinic, copy, target)
        except CalendarAway as away:
            trouble[copy.calendar or target] = away
        else:
            done += 1
    if trouble:
        raise next(iter(trouble.values()))
    return done


def _outdated(engine: Engine, wanted: dict[str, str | None], now: datetime) -> Iterator[Copy]:
    """Yield what does not stand where, or as, it should."""
    query = (
        sa.select(appointments, calendar_copies.c.calendar, calendar_copies.c.sequence.label("copied"))
        .select_from(appointments.outerjoin(calendar_copies))
        .where(appointments.c.busy_until > now - PAST)
        .order_by(appointments.c.starts_at)
    )
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    for visit, row in zip(visits_of(rows), rows, strict=True):
        target = None if visit.is_cancelled else wanted.get(visit.practitioner)
        if row.calendar != target or (target and row.copied != visit.sequence):
            yield Copy(visit, row.calendar, row.copied)


def _bring(engine: Engine, calendars: Calendars, clinic: ClinicFile, copy: Copy, target: str | None) -> None:
    """Write the entry where it belongs, remove it where it no longer does, and note that."""
    visit = copy.visit
    if target:
        entry = entries.for_staff(visit, named=clinic.booking.names_in_calendars)
        calendars.put(target, visit.uid, calendar.stored(entry, clinic.zone))
        _note(engine, visit, target)
    if copy.calendar and copy.calendar != target:
        calendars.delete(copy.calendar, visit.uid)
    if not target:
        with engine.begin() as connection:
            own = calendar_copies.c.appointment_id == visit.id
            connection.execute(calendar_copies.delete().where(own))


def _note(engine: Engine, visit: Visit, target: str) -> None:
    dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
    values = {"calendar": target, "sequence": visit.sequence}
    insert = dialect.insert(calendar_copies).values(appointment_id=visit.id, **values)
    with engine.begin() as connection:
        connection.execute(insert.on_conflict_do_update(index_elements=["appointment_id"], set_=values))
