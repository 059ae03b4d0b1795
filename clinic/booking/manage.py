"""Moves or cancels an appointment for whoever has its manage link."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy.engine import Engine

from clinic.booking import store, taken
from clinic.booking.model import Diary, Period, Service, Slot, SlotTaken, StatusRefused
from clinic.booking.records import By, changed_with, with_id
from clinic.booking.visits import Visit

DAYS = 5  # on one page
CHANGEABLE = frozenset({"requested", "confirmed", "moved"})


class ChangedMeanwhile(Exception):
    """The appointment is no longer what the page showed."""


class CannotChange(Exception):
    """The appointment's time has come, or its service is no longer offered."""


@dataclass(frozen=True)
class FreeTimes:
    """Free slots of some days, and the first day after them that may have more."""

    days: list[tuple[date, list[Slot]]]
    later: date | None


def may_change(visit: Visit, now: datetime) -> bool:
    """Say whether the appointment can still be moved or cancelled."""
    return visit.status in CHANGEABLE and visit.starts_at > now


def free_times(engine: Engine, diary: Diary, visit: Visit, first: date, now: datetime) -> FreeTimes:
    """Return the next days, from ``first`` on, that have times to which the appointment can move.

    Where several practitioners are free, the client's own comes first.

    Raises:
        CannotChange: it is over, or its service is no longer offered.

    """
    service, busy = _service(diary, visit, now), _busy(engine, diary, visit, now)
    own = replace(diary, practitioners=tuple(p for p in diary.practitioners if p.name == visit.practitioner))
    found: list[tuple[date, list[Slot]]] = []
    day, last = max(first, diary.today(now)), diary.last_day(now)
    while day <= last and len(found) < DAYS:
        slots = {slot.start: slot for slot in diary.free(service, day, busy, now)}
        slots |= {slot.start: slot for slot in own.free(service, day, busy, now)}
        others = sorted(slot for slot in slots.values() if slot.start != visit.starts_at)
        found += [(day, others)] if others else []
        day += timedelta(days=1)
    return FreeTimes(found, day if day <= last else None)


def move(
    engine: Engine,
    diary: Diary,
    visit: Visit,
    version: int,
    start: datetime,
    practitioner: str,
    now: datetime,
) -> None:
    """Move to a free time. Pressing twice moves once.

    Args:
        engine: The database.
        diary: The booking rules.
        visit: The appointment.
        version: Its sequence as the page showed it.
        start: The new start, aware.
        practitioner: With whom, as the page showed it.
        now: Aware current time.

    Raises:
        SlotTaken: the time is not free.
        ChangedMeanwhile: the appointment is not what the page showed.
        CannotChange: it is over, or its service is no longer offered.

    """
    by = By(f"page:{visit.reference}:{version}:move:{start.isoformat()}", now)
    if changed_with(engine, by.key):
        return
    _check(visit, version, now)
    chosen = replace(diary, practitioners=tuple(p for p in diary.practitioners if p.name == practitioner))
    day, busy = start.astimezone(diary.zone).date(), _busy(engine, diary, visit, now)
    free = chosen.free(_service(diary, visit, now), day, busy, now)
    slot = next((slot for slot in free if slot.start == start), None)
    if slot is None:
        raise SlotTaken
    store.move(engine, with_id(engine, visit.id), slot, by)


def cancel(engine: Engine, visit: Visit, version: int, now: datetime) -> None:
    """Cancel. Cancelling twice is cancelling once.

    Raises:
        ChangedMeanwhile: the appointment is not what the page showed.
        CannotChange: its time has come.

    """
    if visit.is_cancelled:
        return
    _check(visit, version, now)
    try:
        store.cancel(engine, with_id(engine, visit.id), By(f"page:{visit.reference}:{version}:cancel", now))
    except StatusRefused:
        raise CannotChange from None


def _check(visit: Visit, version: int, now: datetime) -> None:
    if visit.sequence != version:
        raise ChangedMeanwhile
    if not may_change(visit, now):
        raise CannotChange


def _service(diary: Diary, visit: Visit, now: datetime) -> Service:
    if not may_change(visit, now):
        raise CannotChange
    try:
        return diary.service(visit.service)
    except KeyError:
        raise CannotChange from None


def _busy(engine: Engine, diary: Diary, visit: Visit, now: datetime) -> dict[str, list[Period]]:
    return taken.busy(engine, now, now + diary.horizon * 2, now=now, moving=visit.reference)
