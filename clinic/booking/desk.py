"""What can be had right now: the diary's rules laid over the database."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.engine import Engine

from clinic.booking import taken
from clinic.booking.availability import Availability
from clinic.booking.handoff import free_times
from clinic.booking.model import Diary, Period, Slot, SlotTaken, Wish
from clinic.booking.offers import Offer, best, offer
from clinic.settings import clinic

AROUND = timedelta(days=2)  # whatever could touch a slot's local day


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
