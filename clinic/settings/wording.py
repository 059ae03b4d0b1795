"""clinic.yml put into words: the values of the placeholders that responses may use."""

from __future__ import annotations

from datetime import time

from clinic.settings.clinic_file import ClinicFile
from clinic.settings.hours import WEEKDAYS


def placeholders(clinic: ClinicFile) -> dict[str, str]:
    """Return every placeholder that this clinic can fill, by name; what is not set is absent."""
    values = {
        "clinic_name": clinic.name,
        "emergency_number": clinic.emergency_number,
        "crisis_line": clinic.crisis_line,
        "address": clinic.address,
        "website": clinic.website,
        "video_url": clinic.video_url,
        "phone": clinic.contact.phone,
        "email": clinic.contact.email,
        "contact": contact(clinic),
        "price_list": _price_list(clinic),
        "opening_hours": _opening_hours(clinic),
        "service_lengths": _service_lengths(clinic),
        "practitioners": _practitioners(clinic),
        "cancellation_policy": clinic.policies.cancellation,
        "privacy_notice": clinic.policies.privacy,
    }
    return {name: value for name, value in values.items() if value}


def contact(clinic: ClinicFile) -> str | None:
    """Return the phone number and e-mail address in one line, or None."""
    return " or ".join(filter(None, (clinic.contact.phone, clinic.contact.email))) or None


def _price_list(clinic: ClinicFile) -> str | None:
    priced = [service for service in clinic.services if service.price]
    return "\n".join(f"- {s.name} ({s.minutes} minutes): {s.price}" for s in priced) or None


def _service_lengths(clinic: ClinicFile) -> str:
    return "\n".join(f"- {service.name}: {service.minutes} minutes" for service in clinic.services)


def _practitioners(clinic: ClinicFile) -> str:
    return "\n".join(f"- {p.name}" + (f": {p.about}" if p.about else "") for p in clinic.practitioners)


def _opening_hours(clinic: ClinicFile) -> str:
    """One line for each run of days with the same hours: "Monday to Friday: 9:00 to 17:30"."""
    lines: list[tuple[str, str, str]] = []
    for day in WEEKDAYS:
        hours = " and ".join(f"{_clock(a)} to {_clock(b)}" for a, b in clinic.opening_hours.get(day, []))
        hours = hours or "closed"
        if lines and lines[-1][2] == hours:
            lines[-1] = (lines[-1][0], day, hours)
        else:
            lines.append((day, day, hours))
    return "\n".join(f"- {_run(first, last)}: {hours}" for first, last, hours in lines)


def _run(first: str, last: str) -> str:
    return first.title() if first == last else f"{first.title()} to {last.title()}"


def _clock(value: time) -> str:
    return f"{value.hour}:{value.minute:02}"
