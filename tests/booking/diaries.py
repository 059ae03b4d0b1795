"""Diaries and slots for the booking tests, written shortly."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clinic.booking.availability import Availability
from clinic.booking.model import Diary, Practitioner, Service, Slot

LONDON = ZoneInfo("Europe/London")
HOUR = Service("Facial acupuncture", 60)
HALF = Service("Consultation", 30)
ADA, BEN = "Ada Moor", "Ben Holt"


def hours(**spans: str) -> dict[int, list[tuple[time, time]]]:
    """Return weekly hours: ``hours(mon="09:00-12:00 13:00-17:00")``."""
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return {
        names.index(day): [
            (time.fromisoformat(a), time.fromisoformat(b))
            for a, b in (span.split("-") for span in text.split())
        ]
        for day, text in spans.items()
    }


EVERY_DAY = hours(**dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "09:00-17:00"))


def diary(*practitioners: Practitioner, **rules: object) -> Diary:
    """Return a diary of London; one practitioner on all days from nine to five unless told otherwise."""
    people = practitioners or (Practitioner(ADA, EVERY_DAY),)
    return Diary(zone=LONDON, services=(HALF, HOUR), practitioners=people, **rules)


def at(day: date, clock: str) -> datetime:
    """Return a London wall-clock time as UTC."""
    return datetime.combine(day, time.fromisoformat(clock), LONDON).astimezone(UTC)


def slot(day: date, clock: str, minutes: int = 60, practitioner: str = ADA) -> Slot:
    start = at(day, clock)
    return Slot(start, start + timedelta(minutes=minutes), practitioner)


def starts(slots: list[Slot] | tuple[Slot, ...]) -> list[str]:
    """Return the local start times of slots."""
    return [f"{s.start.astimezone(LONDON):%H:%M}" for s in slots]


def free_on(book: Diary, service: Service, day: date, busy: dict, now: datetime) -> list[Slot]:
    return Availability(book, service, busy, now).on(day)
