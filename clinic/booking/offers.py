"""Which free slots to offer for a wish. Standard library only; ``now`` is always passed in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from clinic.booking.model import Diary, Period, Service, Slot, Wish

MOST = 3
Busy = Callable[[datetime, datetime], Mapping[str, Iterable[Period]]]


class Outcome(Enum):
    """How the offered slots meet the wish."""

    FREE = "free"  # they are what was wished
    EXACT = "exact"  # there is one and it is the very time asked for
    CLOSED = "closed"  # nobody works on the wished day
    TAKEN = "taken"  # the wished time is not free; the offers are near it
    FULL = "full"  # nothing is left on the wished days
    TOO_FAR = "too_far"  # the wish lies behind the horizon
    NOTHING = "nothing"  # nothing is free at all


@dataclass(frozen=True)
class Offer:
    """Slots to choose from, at most three, in order of time."""

    outcome: Outcome
    slots: tuple[Slot, ...]


def offer(diary: Diary, service: Service, wish: Wish, busy: Busy, now: datetime) -> Offer:
    """Return the slots that meet a wish best.

    Args:
        diary: The booking rules.
        service: What is to be booked.
        wish: Days and times as far as they were said.
        busy: Returns each practitioner's taken periods between two times.
        now: Aware current time.

    """
    today, last = diary.today(now), diary.last_day(now)
    if wish.first_day and wish.first_day > last:
        return Offer(Outcome.TOO_FAR, ())
    free = _free_days(diary, service, busy, now)
    first = max(wish.first_day or today, today)
    wished = _days(first, min(wish.last_day or last, last))
    found = [[s for s in free(day) if wish.allows(s, diary.zone)] for day in wished]
    slots = _best([day for day in found if day], diary.zone)
    one_day = bool(wish.first_day and wish.first_day == wish.last_day)
    if slots:
        exact = wish.exact and one_day
        return Offer(Outcome.EXACT if exact else Outcome.FREE, slots[:1] if exact else slots)
    nearest = _best([day for day in map(free, _days(first, last)) if day], diary.zone, wish)
    if not nearest:
        nearest = _best([day for day in map(free, _days(today, last)) if day], diary.zone, wish)
    if not nearest:
        return Offer(Outcome.NOTHING, ())
    if wish.first_day and not any(diary.is_open(day) for day in wished):
        return Offer(Outcome.CLOSED, nearest)
    same_day = one_day and any(free(day) for day in wished)
    return Offer(Outcome.TAKEN if same_day or wish.earliest or wish.latest else Outcome.FULL, nearest)


def _free_days(diary: Diary, service: Service, busy: Busy, now: datetime) -> Callable[[date], list[Slot]]:
    """Return a function from a day to its free slots; the store is asked once, each day is counted once."""
    taken = busy(now, now + diary.horizon + timedelta(days=2))
    known: dict[date, list[Slot]] = {}

    def free(day: date) -> list[Slot]:
        if day not in known:
            known[day] = diary.free(service, day, taken, now)
        return known[day]

    return free


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _best(days: list[list[Slot]], zone: ZoneInfo, wish: Wish | None = None) -> tuple[Slot, ...]:
    """Return three slots: of one day spread over it, of several days one each; nearest to the wish."""
    if not days:
        return ()
    if wish and wish.earliest and wish.exact:
        day = days[0]
        wanted = datetime.combine(day[0].start.astimezone(zone).date(), wish.earliest, zone)
        near = sorted(day, key=lambda slot: abs(slot.start - wanted))[:MOST]
        return tuple(sorted(near))
    if len(days) == 1 or wish:
        day = days[0]
        picks = {0, len(day) // 2, len(day) - 1}
        return tuple(day[i] for i in sorted(picks))[:MOST]
    return tuple(day[0] for day in days[:MOST])
