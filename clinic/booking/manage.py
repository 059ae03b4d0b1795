"""Moves or cancels an appointment for whoever has its manage link."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.engine import Engine

from clinic.booking import desk, store
from clinic.booking.desk import FreeTimes, Moving
from clinic.booking.model import Diary, Slot, StatusRefused
from clinic.booking.records import By, changed_with, with_id
from clinic.booking.visits import Visit

CHANGEABLE = frozenset({"requested", "confirmed", "moved"})


class ChangedMeanwhile(Exception):
    """The appointment is no longer what the page showed."""


class CannotChange(Exception):
    """It is too late to change the appointment, or its service is no longer offered."""


def may_change(diary: Diary, visit: Visit, now: datetime) -> bool:
    """Say whether the client can still move or cancel the appointment."""
    slot = Slot(visit.starts_at, visit.ends_at, visit.practitioner)
    return visit.status in CHANGEABLE and diary.may_change(slot, now)


def free_times(engine: Engine, diary: Diary, visit: Visit, first: date, now: datetime) -> FreeTimes:
    """Return the next days, from ``first`` on, that have times to which the appointment can move.

    Where several practitioners are free, the client's own comes first.

    Raises:
        CannotChange: it is too late, or its service is no longer offered.

    """
    _check(diary, visit, now)
    moving = Moving(visit.reference, visit.starts_at, visit.practitioner)
    return desk.free_days(engine, diary, visit.service, first, now, moving)


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
        CannotChange: it is too late, or its service is no longer offered.

    """
    by = By(f"page:{visit.reference}:{version}:move:{start.isoformat()}", now)
    if changed_with(engine, by.key):
        return
    if visit.sequence != version:
        raise ChangedMeanwhile
    _check(diary, visit, now)
    moving = visit.reference
    slot = desk.slot_at(engine, diary, visit.service, start, now, practitioner=practitioner, moving=moving)
    store.move(engine, with_id(engine, visit.id), slot, by)


def cancel(engine: Engine, diary: Diary, visit: Visit, version: int, now: datetime) -> None:
    """Cancel. Cancelling twice is cancelling once.

    Raises:
        ChangedMeanwhile: the appointment is not what the page showed.
        CannotChange: it is too late.

    """
    if visit.is_cancelled:
        return
    if visit.sequence != version:
        raise ChangedMeanwhile
    if not may_change(diary, visit, now):
        raise CannotChange
    try:
        store.cancel(engine, with_id(engine, visit.id), By(f"page:{visit.reference}:{version}:cancel", now))
    except StatusRefused:
        raise CannotChange from None


def _check(diary: Diary, visit: Visit, now: datetime) -> None:
    """Raise CannotChange for what can no longer be moved."""
    offered = any(service.name == visit.service for service in diary.services)
    if not offered or not may_change(diary, visit, now):
        raise CannotChange
