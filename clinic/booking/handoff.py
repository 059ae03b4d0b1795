"""Bookings that are kept elsewhere: what the assistant asks for them, and where it hands them over."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote
from zoneinfo import ZoneInfo

from clinic.booking.model import Diary, Slot
from clinic.booking.records import Client
from clinic.settings import ClinicFile, environment

if TYPE_CHECKING:
    from clinic.booking.calcom import CalCom

# What a link may name, and the form's slot that holds it.
PLACES = {"service": "booking_service", "name": "client_name", "contact": "client_contact"}


class ElsewhereAway(Exception):
    """The booking system cannot be reached, or answers something else."""


class PerhapsBooked(Exception):
    """The booking was asked for, and no answer came: nobody here knows whether it was made."""


@dataclass(frozen=True)
class Booking:
    """A booking as Cal.com made it; ``pending`` until the clinic confirms it there."""

    uid: str
    pending: bool


class FreeTimes:
    """The free slots of one event type, by local day; stands in for Availability.

    Args:
        starts: Free starts, aware.
        length: How long the service takes.
        zone: The clinic's time zone.

    """

    def __init__(self, starts: list[datetime], length: timedelta, zone: ZoneInfo) -> None:
        self._days: dict[date, list[Slot]] = defaultdict(list)
        for start in sorted(starts):
            slot = Slot(start.astimezone(UTC), start.astimezone(UTC) + length, "")
            self._days[start.astimezone(zone).date()].append(slot)

    def on(self, day: date) -> list[Slot]:
        """Return the free slots of a local day, earliest first."""
        return self._days.get(day, [])


def asked(clinic: ClinicFile, form: list[str], contact: str | None) -> list[str]:
    """Return which of the booking form's slots are asked for.

    Args:
        clinic: The clinic's settings, with a hand-off.
        form: The form's slots, in order.
        contact: The contact given so far.

    """
    handoff = clinic.booking.handoff
    assert handoff
    if handoff.link:
        named = {PLACES[place] for place in re.findall(r"{(\w+)}", handoff.link)}
        return [slot for slot in form if slot in named]
    if contact and "@" not in contact:  # Cal.com writes e-mails, and asks for an address
        at = form.index("client_contact") + 1
        return [*form[:at], "client_email", *form[at:]]
    return form


def link(clinic: ClinicFile, slots: dict[str, str | None]) -> str | None:
    """Return the clinic's own booking page with what was collected, or None where it has none."""
    handoff = clinic.booking.handoff
    if not handoff or not handoff.link:
        return None
    values = {place: quote(slots.get(slot) or "", safe="") for place, slot in PLACES.items()}
    return handoff.link.format(**values)


def free_times(clinic: ClinicFile, diary: Diary, service: str, now: datetime) -> FreeTimes:
    """Return when a service is free in Cal.com. Raises ElsewhereAway."""
    first, last = diary.today(now), diary.last_day(now)
    starts = _calcom(clinic).free(_event_type(clinic, service), first, last, diary.zone)
    soonest = now + diary.notice
    length = timedelta(minutes=diary.service(service).minutes)
    return FreeTimes([start for start in starts if start >= soonest], length, diary.zone)


def book(clinic: ClinicFile, service: str, start: datetime, client: Client, key: str) -> Booking:
    """Book in Cal.com. Raises SlotTaken, ElsewhereAway or PerhapsBooked."""
    phone = client.contact if "@" not in client.contact else None
    return _calcom(clinic).book(
        _event_type(clinic, service),
        start,
        clinic.zone,
        name=client.name,
        email=client.email or client.contact,
        phone=phone,
        key=key,
    )


def _calcom(clinic: ClinicFile) -> CalCom:
    from clinic.booking.calcom import CalCom  # noqa: PLC0415 (its HTTP library, only where it is used)

    assert clinic.booking.handoff
    return CalCom(clinic.booking.handoff.address, environment().calcom_key)


def _event_type(clinic: ClinicFile, service: str) -> int:
    assert clinic.booking.handoff
    return clinic.booking.handoff.calcom[service]
