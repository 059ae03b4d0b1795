"""Which free slots to offer for a wish. Standard library only; ``now`` is passed in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum
from itertools import islice
from typing import Protocol
from zoneinfo import ZoneInfo

from clinic.booking.availability import Availability
from clinic.booking.model import Diary, Period, Service, Slot, Wish

MOST = 3
DAYS_TO_CHOOSE_FROM, TIMES_A_DAY = 4, 12
Busy = Callable[[datetime, datetime], Mapping[str, Iterable[Period]]]
Days = list[list[Slot]]  # of each day that has any


class Free(Protocol):
    """Says which slots are free."""

    def on(self, day: date) -> list[Slot]:
        """Return the free slots of a local day, earliest first."""


class Outcome(Enum):
    """How the offered slots meet the wish."""

    FREE = "free"  # they are what was wished
    EXACT = "exact"  # there is one and it is the very time asked for
    CLOSED = "closed"  # nobody works on the wished day
    AWAY = "away"  # whoever gives the service, or was asked for, does not work on the wished day
    TAKEN = "taken"  # the wished time is not free; the offers are near it
    FULL = "full"  # nothing is left on the wished days
    TOO_FAR = "too_far"  # the wish lies behind the horizon
    NOT_LATER = "not_later"  # nothing is later on the wished days; the offers are later anyhow, or before
    NOT_EARLIER = "not_earlier"  # nothing is earlier
    NOTHING = "nothing"  # nothing is free at all


@dataclass(frozen=True)
class Offer:
    """Slots to choose from, in order of time.

    Attributes:
        outcome: How they meet the wish.
        slots: The best, at most three.
        more: Those and others, of the first day offered and the days after it, for a calendar-like choice.

    """

    outcome: Outcome
    slots: tuple[Slot, ...]
    more: tuple[Slot, ...] = ()


def offer(diary: Diary, service: Service, wish: Wish, busy: Busy, now: datetime) -> Offer:
    """Return the slots that meet a wish best.

    Args:
        diary: The booking rules.
        service: What is to be booked.
        wish: Days and times as far as they were said.
        busy: Returns each resource's taken periods between two times.
        now: Aware current time.

    """
    taken = busy(now, now + diary.horizon + timedelta(days=2))
    free = Availability(diary.only(wish.practitioner), service, taken, now)
    return best(diary, service, wish, free, now)


def best(diary: Diary, service: Service, wish: Wish, free: Free, now: datetime) -> Offer:
    """Return the slots among the free ones that meet a wish best; the rest as in ``offer``."""
    today, last = diary.today(now), diary.last_day(now)
    if wish.first_day and wish.first_day > last:
        return Offer(Outcome.TOO_FAR, ())
    first = max(wish.first_day or today, today)
    wished = _days(first, min(wish.last_day or last, last))
    meeting = _meeting(free, wished, wish, diary.zone)
    if meeting:
        return _with_more(_met(meeting, wish), free, wish, last, diary.zone)
    nearest = _nearest(free, wish, _days(first, last), _days(today, last), diary.zone)
    if not nearest:
        return Offer(Outcome.NOTHING, ())
    found = Offer(_why_not(diary, service, wish, wished, free), nearest)
    return _with_more(found, free, Wish(not_on=wish.not_on), last, diary.zone)


def _with_more(found: Offer, free: Free, wish: Wish, last: date, zone: ZoneInfo) -> Offer:
    """Return the offer with more slots of its first day and the days after it, at the wished times of day."""
    anyday = replace(wish, first_day=None, last_day=None, after=None, before=None, exact=False)
    first = found.slots[0].start.astimezone(zone).date()
    allowed = ([slot for slot in free.on(day) if anyday.allows(slot, zone)] for day in _days(first, last))
    days = islice(filter(None, allowed), DAYS_TO_CHOOSE_FROM)
    some = {slot for day in days for slot in day[:: -(-len(day) // TIMES_A_DAY)]}
    return replace(found, more=tuple(sorted(some | set(found.slots))))


def _met(days: Days, wish: Wish) -> Offer:
    if wish.exact and wish.first_day and wish.first_day == wish.last_day:
        return Offer(Outcome.EXACT, (days[0][0],))
    return Offer(Outcome.FREE, _spread(days))


def _why_not(diary: Diary, service: Service, wish: Wish, wished: list[date], free: Free) -> Outcome:
    """Return the reason why nothing meets the wish."""
    if wish.after:
        return Outcome.NOT_LATER
    if wish.before:
        return Outcome.NOT_EARLIER
    if wish.first_day and not any(diary.is_open(day) for day in wished):
        return Outcome.CLOSED
    if wish.first_day and not any(diary.only(wish.practitioner).is_open(day, service) for day in wished):
        return Outcome.AWAY
    same_day = wish.first_day == wish.last_day and any(free.on(day) for day in wished)
    return Outcome.TAKEN if same_day or wish.earliest or wish.latest else Outcome.FULL


def _nearest(
    free: Free, wish: Wish, onwards: list[date], every: list[date], zone: ZoneInfo
) -> tuple[Slot, ...]:
    """Return what comes nearest to a wish that nothing meets."""
    anyday = replace(wish, first_day=None, last_day=None)
    if wish.after or wish.before:
        days = _meeting(free, every, anyday, zone)
        if days:
            return _spread(days)
    moment = replace(anyday, earliest=None, latest=None, exact=False, after=None, before=None)
    days = _meeting(free, onwards, moment, zone) or _meeting(free, every, moment, zone)
    if not days:
        return ()
    if wish.earliest and wish.exact:
        return _around(days[0], wish, zone)
    return _spread(days[:1])


def _meeting(free: Free, days: list[date], wish: Wish, zone: ZoneInfo) -> Days:
    """Return the slots that a wish allows, of each day that has any: the first three such days, or the
    last when the wish is for something earlier.
    """
    order = reversed(days) if wish.before else days
    found = ([slot for slot in free.on(day) if wish.allows(slot, zone)] for day in order)
    few = list(islice(filter(None, found), MOST))
    return few[::-1] if wish.before else few


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _spread(days: Days) -> tuple[Slot, ...]:
    """Return three slots: of one day spread over it, of several days the first of each."""
    if len(days) > 1:
        return tuple(day[0] for day in days[:MOST])
    day = days[0]
    return tuple(day[i] for i in sorted({0, len(day) // 2, len(day) - 1}))


def _around(day: list[Slot], wish: Wish, zone: ZoneInfo) -> tuple[Slot, ...]:
    """Return the three slots of a day that are nearest to the time of day asked for."""
    assert wish.earliest
    wanted = datetime.combine(day[0].start.astimezone(zone).date(), wish.earliest, zone)
    return tuple(sorted(sorted(day, key=lambda slot: abs(slot.start - wanted))[:MOST]))
