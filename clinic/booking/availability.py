"""When a service can start: computed from working hours and taken time, never stored.

Standard library only; ``now`` is passed in. A slot's treatment lies within the practitioner's hours; its
buffers keep it apart from what else the practitioner and the room have, and may reach out of the hours.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta

from clinic.booking.model import Diary, Period, Practitioner, Service, Slot, resources

EVER = (datetime.min.replace(tzinfo=UTC) + timedelta(days=1), datetime.max.replace(tzinfo=UTC))


class Availability:
    """The free slots of one service.

    Args:
        diary: The booking rules.
        service: What is to be booked.
        busy: Taken periods (UTC), in any order, by the names that ``resources`` gives.
        now: Aware current time.

    """

    def __init__(
        self, diary: Diary, service: Service, busy: Mapping[str, Iterable[Period]], now: datetime
    ) -> None:
        self._diary, self._service, self._first = diary, service, now + diary.notice
        self._days = diary.today(now), diary.last_day(now)
        self._length = timedelta(minutes=service.minutes)
        self._ways = [
            (
                practitioner,
                room,
                _gaps([p for name in resources(practitioner.name, room) for p in busy.get(name, ())]),
            )
            for practitioner in diary.who_gives(service)
            for room in service.rooms or ("",)
        ]
        self._known: dict[date, list[Slot]] = {}

    def on(self, day: date) -> list[Slot]:
        """Return the free slots of a local day, earliest first, one per start time."""
        if day not in self._known:
            self._known[day] = self._free(day)
        return self._known[day]

    def _free(self, day: date) -> list[Slot]:
        first, last = self._days
        if day in self._diary.closed or not first <= day <= last:
            return []
        length, before, after = self._length, self._service.before, self._service.after
        slots: dict[datetime, Slot] = {}
        for practitioner, room, gaps in reversed(self._ways):  # of two ways the first one stays
            rest = (practitioner.name, room, before, after)
            for hours in self._hours(practitioner, day):
                slots |= {start: Slot(start, start + length, *rest) for start in self._starts(*hours, gaps)}
        return sorted(slots.values())

    def _hours(self, practitioner: Practitioner, day: date) -> Iterator[Period]:
        for opens, closes in practitioner.works(day):
            yield self._utc(day, opens), self._utc(day, closes)

    def _utc(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self._diary.zone).astimezone(UTC)

    def _starts(self, opens: datetime, closes: datetime, gaps: list[Period]) -> Iterator[datetime]:
        """Yield each start on the grid from which the treatment ends in hours, in a gap with its buffers."""
        before, after, step = self._service.before, self._service.after, self._diary.step
        index = max(0, bisect_right(gaps, (opens, EVER[1])) - 1)
        while index < len(gaps) and gaps[index][0] < closes:
            free_from, free_until = gaps[index]
            earliest = max(opens, free_from + before, self._first)
            latest = min(closes, free_until - after) - self._length
            start = opens - (opens - earliest) // step * step
            while start <= latest:
                yield start
                start += step
            index += 1


def _gaps(taken: list[Period]) -> list[Period]:
    """Return the stretches between taken periods, in order; the first and last reach to the ends of time."""
    gaps, free_from = [], EVER[0]
    for start, end in sorted(taken):
        if start > free_from:
            gaps.append((free_from, start))
        free_from = max(free_from, end)
    return [*gaps, (free_from, EVER[1])]
