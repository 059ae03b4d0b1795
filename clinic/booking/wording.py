"""Times as the clinic writes them to people."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import phonenumbers


def say_day(day: date) -> str:
    """Return "Tuesday 24 November"."""
    return f"{day:%A} {day.day} {day:%B}"


def say_time(moment: datetime, zone: ZoneInfo) -> str:
    """Return "Tuesday 24 November at 15:00" in the clinic's time zone."""
    local = moment.astimezone(zone)
    return f"{say_day(local.date())} at {local:%H:%M}"


def say_short(moment: datetime, zone: ZoneInfo) -> str:
    """Return "Tue 24 Nov, 15:00" for a button; typed back it means the same."""
    local = moment.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"


def say_contact(contact: str) -> str:
    """Return an E.164 number as people write it, and an e-mail address as it is."""
    if not contact.startswith("+"):
        return contact
    number = phonenumbers.parse(contact)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
