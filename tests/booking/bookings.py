"""Stored appointments for the tests of notices, calendars and the manage page, written shortly."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy.engine import Engine

from clinic.booking import store
from clinic.booking.records import By, Client, with_id
from clinic.booking.visits import Visit, visit
from tests.booking.diaries import ADA, slot

TUESDAY = date(2026, 11, 24)
JANE = Client("Jane Doe", "jane@example.com", "jane@example.com")
BY_PHONE = Client("John Roe", "+447700900123")
_keys = itertools.count()


def by(now: datetime, who: str = "visitor") -> By:
    return By(f"test-{next(_keys)}", now, who)


def booking(engine: Engine, now: datetime) -> Callable[..., Visit]:
    """Return a function that books, by default Jane on Tuesday at nine with Ada."""

    def booked(
        clock: str = "09:00",
        day: date = TUESDAY,
        client: Client = JANE,
        practitioner: str = ADA,
        service: str = "Facial acupuncture",
        who: str = "visitor",
        at: datetime = now,
        status: str = "confirmed",
    ) -> Visit:
        wanted = slot(day, clock, 60, practitioner)
        made = store.book(engine, wanted, service, client, by(at, who), status=status)
        return visit(engine, made.reference)

    return booked


def moved(
    engine: Engine,
    made: Visit,
    now: datetime,
    clock: str,
    day: date = TUESDAY,
    who: str = "visitor",
    to: str = ADA,
) -> Visit:
    store.move(engine, with_id(engine, made.id), slot(day, clock, 60, to), by(now, who))
    return visit(engine, made.reference)


def cancelled(engine: Engine, made: Visit, now: datetime, who: str = "visitor") -> Visit:
    store.cancel(engine, with_id(engine, made.id), by(now, who))
    return visit(engine, made.reference)
