"""The calendar file of an appointment, for platforms that take it as a document."""

from __future__ import annotations

from clinic.booking.model import AppointmentNotFound
from clinic.booking.visits import visit
from clinic.database import database
from clinic.settings import clinic


def of(reference: str) -> bytes | None:
    """Return an appointment's calendar file, or None where the appointment is no longer there."""
    from clinic.booking import calendar, entries  # noqa: PLC0415 (9 MB that the assistant may never need)

    try:
        found = visit(database(), reference)
    except AppointmentNotFound:
        return None
    return calendar.invitation(entries.for_client(found, clinic()), clinic().zone)
