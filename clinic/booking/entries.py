"""What calendars say of an appointment: one wording for the client, one for the clinic's own calendars."""

from __future__ import annotations

from typing import Any

from clinic.booking.calendar import Entry
from clinic.booking.visits import Visit
from clinic.settings import ClinicFile


def for_client(visit: Visit, clinic: ClinicFile, sender: str | None = None) -> Entry:
    """Return the entry for the client's calendar.

    Args:
        visit: The appointment.
        clinic: The clinic's settings.
        sender: The e-mail address that an e-mail with the entry comes from, or None for a download.
            With it clinic and client stand in the entry, so that a calendar knows a later change.

    """
    reach = " or ".join(filter(None, (clinic.contact.phone, clinic.contact.email)))
    lines = [f"With {visit.practitioner}.", f"Reference {visit.reference}."]
    return _entry(
        visit,
        title=f"{visit.service}, {clinic.name}",
        details="\n".join([*lines, f"To reach the clinic: {reach}"] if reach else lines),
        place=clinic.address,
        organizer=(clinic.name, sender) if sender else None,
        attendee=(visit.name, visit.email) if sender and visit.email else None,
    )


def for_staff(visit: Visit, *, named: bool) -> Entry:
    """Return the entry for the clinic's own calendars, with the client's name or the reference alone."""
    return _entry(
        visit,
        title=f"{visit.service}: {visit.name}" if named else f"{visit.service} ({visit.reference})",
        details=f"Reference {visit.reference}.",
    )


def _entry(visit: Visit, title: str, details: str, **more: Any) -> Entry:
    """Return what every calendar is told of an appointment, and what this one is told beside it."""
    return Entry(
        uid=visit.uid,
        sequence=visit.sequence,
        start=visit.starts_at,
        end=visit.ends_at,
        changed_at=visit.changed_at,
        title=title,
        details=details,
        cancelled=visit.is_cancelled,
        tentative=visit.status == "requested",
        **more,
    )
