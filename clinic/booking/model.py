"""Booking rules: when a service can start. Standard library only; ``now`` is always passed in.

All datetimes are aware. Opening hours are local wall-clock times; comparisons and arithmetic are
done in UTC, so that a day with a clock change has its true length.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WeeklyHours = Mapping[int, list[tuple[time, time]]]  # 0 is Monday
Period = tuple[datetime, datetime]


STATUSES = ("requested", "confirmed", "moved", "cancelled", "attended", "missed")
# What each status can become. Attended and missed may be corrected into each other.
NEXT_STATUSES: Mapping[str, frozenset[str]] = {
    "requested": frozenset({"confirmed", "moved", "cancelled"}),
    "confirmed": frozenset({"moved", "cancelled", "attended", "missed"}),
    "moved": frozenset({"confirmed", "moved", "cancelled", "attended", "missed"}),
    "cancelled": frozenset(),
    "attended": frozenset({"missed"}),
    "missed": frozenset({"attended"}),
}


class SlotTaken(Exception):
    """Somebody else has the slot, or it has stopped being one."""


class AppointmentNotFound(Exception):
    """No appointment has this reference and contact; which of the two is wrong is not said."""


class StatusRefused(Exception):
    """An appointment cannot come to this status from the one it has."""


@dataclass(frozen=True)
class Service:
    """A treatment; ``minutes`` is its length."""

    name: str
    minutes: int


@dataclass(frozen=True)
class Practitioner:
    """Someone who treats, with weekly working hours in the clinic's time zone."""

    name: str
    hours: WeeklyHours


@dataclass(frozen=True, order=True)
class Slot:
    """A stretch of one practitioner's time, and of a room's where one is needed.

    Attributes:
        start: When the treatment starts, UTC.
        end: When it ends, UTC.
        practitioner: Who treats.
        room: Where; empty when any place will do.
        before: How long practitioner and room are taken before ``start``.
        after: How long they are taken after ``end``.

    """

    start: datetime
    end: datetime
    practitioner: str
    room: str = ""
    before: timedelta = timedelta()
    after: timedelta = timedelta()

    @property
    def busy_from(self) -> datetime:
        """When practitioner and room begin to be taken."""
        return self.start - self.before

    @property
    def busy_until(self) -> datetime:
        """When they are free again."""
        return self.end + self.after

    @property
    def resources(self) -> list[str]:
        """What the slot takes."""
        return resources(self.practitioner, self.room)


def resources(practitioner: str, room: str) -> list[str]:
    """Return the names under which a practitioner's and a room's time is kept."""
    return [f"practitioner:{practitioner}", *([f"room:{room}"] if room else [])]


@dataclass(frozen=True)
class Diary:
    """What can be booked at a clinic, and by which rules."""

    zone: ZoneInfo
    services: tuple[Service, ...]
    practitioners: tuple[Practitioner, ...]
    closed: frozenset[date] = frozenset()
    notice: timedelta = timedelta(hours=2)
    horizon: timedelta = timedelta(days=60)
    step: timedelta = timedelta(minutes=30)

    def service(self, name: str) -> Service:
        """Return the service of that name. Raises KeyError."""
        for service in self.services:
            if service.name == name:
                return service
        raise KeyError(name)

    def last_day(self, now: datetime) -> date:
        """Return the last local day that can be booked."""
        return (now + self.horizon).astimezone(self.zone).date()

    def today(self, now: datetime) -> date:
        """Return the clinic's local date."""
        return now.astimezone(self.zone).date()

    def is_open(self, day: date) -> bool:
        """Say whether anybody works on that day at all."""
        return day not in self.closed and any(p.hours.get(day.weekday()) for p in self.practitioners)

    def free(
        self, service: Service, day: date, busy: Mapping[str, Iterable[Period]], now: datetime
    ) -> list[Slot]:
        """Return the free slots of a local day, earliest first, one per start time.

        Args:
            service: What is to be booked.
            day: Local date.
            busy: Taken periods (UTC) by the names that ``resources`` gives.
            now: Aware current time.

        """
        if day in self.closed or not self.today(now) <= day <= self.last_day(now):
            return []
        slots: dict[datetime, Slot] = {}
        for practitioner in self.practitioners:
            taken = list(busy.get(f"practitioner:{practitioner.name}", ()))
            for slot in self._starts(service, practitioner, day):
                if slot.start >= now + self.notice and not _overlaps(slot, taken):
                    slots.setdefault(slot.start, slot)
        return sorted(slots.values())

    def offers(self, service: Service, slot: Slot) -> bool:
        """Say whether the slot is one that this diary would sell when nothing is booked."""
        day = slot.start.astimezone(self.zone).date()
        return day not in self.closed and any(
            slot == offered
            for practitioner in self.practitioners
            for offered in self._starts(service, practitioner, day)
        )

    def _starts(self, service: Service, practitioner: Practitioner, day: date) -> Iterable[Slot]:
        length = timedelta(minutes=service.minutes)
        for opens, closes in practitioner.hours.get(day.weekday(), []):
            start = datetime.combine(day, opens, self.zone).astimezone(UTC)
            end = datetime.combine(day, closes, self.zone).astimezone(UTC)
            while start + length <= end:
                yield Slot(start, start + length, practitioner.name)
                start += self.step


def _overlaps(slot: Slot, taken: list[Period]) -> bool:
    return any(start < slot.end and slot.start < end for start, end in taken)


@dataclass(frozen=True)
class Wish:
    """When somebody would like to come, as far as they have said.

    Attributes:
        first_day: First local day that suits, or None for any.
        last_day: Last local day that suits, or None for any.
        earliest: Earliest local time of day, or None.
        latest: Latest local time of day at which to start, or None.
        exact: Whether ``earliest`` is the very time asked for.

    """

    first_day: date | None = None
    last_day: date | None = None
    earliest: time | None = None
    latest: time | None = None
    exact: bool = field(default=False)

    def then(self, later: Wish) -> Wish:
        """Return this wish with what was said later laid over it, days and times apart."""
        days = later if later.first_day else self
        times = later if later.earliest or later.latest else self
        return Wish(days.first_day, days.last_day, times.earliest, times.latest, times.exact)

    def allows(self, slot: Slot, zone: ZoneInfo) -> bool:
        """Say whether the slot's local start lies within the wished times of day."""
        at = slot.start.astimezone(zone).time()
        if self.exact:
            return at == self.earliest
        return (self.earliest or time.min) <= at <= (self.latest or time.max)
