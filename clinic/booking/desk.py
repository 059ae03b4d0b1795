"""What can be had right now: the diary's rules laid over the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.engine import Engine

from clinic.booking import taken
from clinic.booking.availability import Availability
from clinic.booking.handoff import free_times
from clinic.booking.model import Diary, Period, Slot, SlotTaken, Wish
from clinic.booking.offers import Offer, best, offer
from clinic.settings import clinic

AROUND = timedelta(days=2)  # whatever could touch a slot's local day
DAYS = 5  # with free times, on one page


@dataclass(frozen=True)
class FreeTimes:
    """Free slots of some days, and the first day after them that may have more."""

    days: list[tuple[date, list[Slot]]]
    later: date | None


@dataclass(frozen=True)
class Moving:
    """The appointment for which another time is looked for: its own is free to it, and not offered."""

    reference: str
    starts_at: datetime
    practitioner: str


def offers_for(
    engine: Engine,
    diary: Diary,
    service: str,
    wish: Wish,
    now: datetime,
    *,
    hold: str | None = None,
    moving: str | None = None,
) -> Offer:
    """Return the free slots that meet a wish best.

    Args:
        engine: The database.
        diary: The booking rules.
        service: The service's name.
        wish: Days, times and practitioner as far as they were said.
        now: Aware current time.
        hold: The key of the visitor's own hold, whose time is free to them.
        moving: The reference of an appointment being moved, whose time is free as well.

    """
    if clinic().booking.handoff:
        return best(diary, diary.service(service), wish, free_times(clinic(), diary, service, now), now)

    def busy(start: datetime, end: datetime) -> dict[str, list[Period]]:
        return taken.busy(engine, start, end, now=now, hold=hold, moving=moving)

    return offer(diary, diary.service(service), wish, busy, now)


def slot_at(
    engine: Engine,
    diary: Diary,
    service: str,
    start: datetime,
    now: datetime,
    *,
    practitioner: str | None = None,
    hold: str | None = None,
    moving: str | None = None,
) -> Slot:
    """Return the free slot that starts at this moment; the rest as in ``offers_for``.

    Raises:
        SlotTaken: there is none.

    """
    busy = taken.busy(engine, start - AROUND, start + AROUND, now=now, hold=hold, moving=moving)
    free = Availability(diary.only(practitioner), diary.service(service), busy, now)
    for slot in free.on(start.astimezone(diary.zone).date()):
        if slot.start == start:
            return slot
    raise SlotTaken


def free_days(
    engine: Engine, diary: Diary, service: str, first: date, now: datetime, moving: Moving | None = None
) -> FreeTimes:
    """Return the next days, from ``first`` on, that have free times.

    Where several practitioners are free, the one of the appointment being moved comes first.
    """
    busy = taken.busy(
        engine, now, now + diary.horizon * 2, now=now, moving=moving.reference if moving else None
    )
    diaries = [diary, diary.only(moving.practitioner)] if moving else [diary]
    ways = [Availability(one, diary.service(service), busy, now) for one in diaries]
    found: list[tuple[date, list[Slot]]] = []
    day, last = max(first, diary.today(now)), diary.last_day(now)
    while day <= last and len(found) < DAYS:
        slots = {slot.start: slot for way in ways for slot in way.on(day)}
        others = sorted(slot for slot in slots.values() if not moving or slot.start != moving.starts_at)
        found += [(day, others)] if others else []
        day += timedelta(days=1)
    return FreeTimes(found, day if day <= last else None)
