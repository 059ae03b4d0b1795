"""Booking rules: what there is to book, and by which rules. Standard library only; ``now`` is passed in.

All datetimes are aware. Opening hours are local wall-clock times; comparisons and arithmetic are
done in UTC, so that a day with a clock change has its true length.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
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
    """A treatment.

    Attributes:
        name: As visitors read it.
        minutes: Its length.
        before: Time kept free before it, for practitioner and room.
        after: Time kept free after it.
        practitioners: Names of those who give it; empty is everybody.
        rooms: Rooms of which it needs one; empty is none in particular.

    """

    name: str
    minutes: int
    before: timedelta = timedelta()
    after: timedelta = timedelta()
    practitioners: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Practitioner:
    """Someone who treats: weekly working hours without breaks, in the clinic's time zone, and days off."""

    name: str
    hours: WeeklyHours
    holidays: frozenset[date] = frozenset()

    def works(self, day: date) -> list[tuple[time, time]]:
        """Return the local day's working hours."""
        return [] if day in self.holidays else self.hours.get(day.weekday(), [])


class Slot(NamedTuple):
    """A stretch of one practitioner's time, and of a room's where one is needed; ordered by time.

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
    """What can be booked at a clinic, and by which rules.

    Attributes:
        zone: The clinic's time zone; days and times of day are local.
        services: What can be booked.
        practitioners: Who treats, the first that is free is booked.
        closed: Days on which nobody works.
        notice: The earliest appointment is this far ahead.
        horizon: And the latest.
        step: Appointments start this often, counted from the beginning of working hours.
        cancel_until: Until this long before its start, visitors may move or cancel an appointment.

    """

    zone: ZoneInfo
    services: tuple[Service, ...]
    practitioners: tuple[Practitioner, ...]
    closed: frozenset[date] = frozenset()
    notice: timedelta = timedelta(hours=2)
    horizon: timedelta = timedelta(days=60)
    step: timedelta = timedelta(minutes=30)
    cancel_until: timedelta = timedelta()

    def service(self, name: str) -> Service:
        """Return the service of that name. Raises KeyError."""
        for service in self.services:
            if service.name == name:
                return service
        raise KeyError(name)

    def only(self, practitioner: str | None) -> Diary:
        """Return the diary of one practitioner; None is everybody's."""
        people = tuple(p for p in self.practitioners if practitioner in {None, p.name})
        return replace(self, practitioners=people)

    def who_gives(self, service: Service) -> list[Practitioner]:
        """Return the practitioners who give a service."""
        return [p for p in self.practitioners if not service.practitioners or p.name in service.practitioners]

    def last_day(self, now: datetime) -> date:
        """Return the last local day that can be booked."""
        return (now + self.horizon).astimezone(self.zone).date()

    def today(self, now: datetime) -> date:
        """Return the clinic's local date."""
        return now.astimezone(self.zone).date()

    def is_open(self, day: date, service: Service | None = None) -> bool:
        """Say whether anybody works on that day at all, or anybody who gives the service."""
        people = self.who_gives(service) if service else self.practitioners
        return day not in self.closed and any(p.works(day) for p in people)

    def may_change(self, slot: Slot, now: datetime) -> bool:
        """Say whether a visitor may still move or cancel an appointment."""
        return now < slot.start and now <= slot.start - self.cancel_until


@dataclass(frozen=True)
class Wish:
    """When somebody would like to come, as far as they have said.

    Attributes:
        first_day: First local day that suits, or None for any.
        last_day: Last local day that suits, or None for any.
        earliest: Earliest local time of day, or None.
        latest: Latest local time of day at which to start, or None.
        exact: Whether ``earliest`` is the very time asked for.
        after: Only what starts after this moment ("later" than what was offered), or None.
        before: Only what starts before this moment ("earlier"), or None.
        practitioner: With whom, or None for anybody.
        not_on: Weekdays that do not suit; 0 is Monday.

    """

    first_day: date | None = None
    last_day: date | None = None
    earliest: time | None = None
    latest: time | None = None
    exact: bool = False
    after: datetime | None = None
    before: datetime | None = None
    practitioner: str | None = None
    not_on: tuple[int, ...] = ()

    def then(self, said: Wish) -> Wish:
        """Return this wish with what was said later laid over it, days, times and practitioner apart."""
        days = said if said.first_day else self
        times = said if said.earliest or said.latest else self
        return Wish(
            first_day=days.first_day,
            last_day=days.last_day,
            earliest=times.earliest,
            latest=times.latest,
            exact=times.exact,
            practitioner=said.practitioner or self.practitioner,
            not_on=() if said.first_day else self.not_on,
        )

    def allows(self, slot: Slot, zone: ZoneInfo) -> bool:
        """Say whether the slot lies within the wished moments and starts at a wished time of day."""
        if (self.after and slot.start <= self.after) or (self.before and slot.start >= self.before):
            return False
        local = slot.start.astimezone(zone)
        if local.weekday() in self.not_on:
            return False
        at = local.time()
        if self.exact:
            return at == self.earliest
        return (self.earliest or time.min) <= at <= (self.latest or time.max)
