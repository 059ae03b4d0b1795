"""Appointments as e-mails, calendars and the manage page need them: read only."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Engine, Row

from clinic.booking.model import AppointmentNotFound
from clinic.database import appointments

OURS = "@facial-acupuncture-assistant"  # ends the UID of every calendar entry of this program


@dataclass(frozen=True)
class Visit:
    """A stored appointment.

    Attributes:
        id: Its row.
        reference: What the client was told.
        service: The service's name.
        practitioner: Who treats.
        starts_at: UTC.
        ends_at: UTC.
        name: The client's name.
        contact: The client's phone number (E.164) or e-mail address.
        email: Where e-mail may be sent, or None.
        status: One of model.STATUSES.
        sequence: The number of its changes.
        created_at: UTC.
        changed_at: UTC.

    """

    id: int
    reference: str
    service: str
    practitioner: str
    starts_at: datetime
    ends_at: datetime
    name: str
    contact: str
    email: str | None
    status: str
    sequence: int
    created_at: datetime
    changed_at: datetime

    @property
    def is_cancelled(self) -> bool:
        """Whether it no longer takes place."""
        return self.status == "cancelled"

    @property
    def uid(self) -> str:
        """Return the calendar entry's UID: it stays the same, and tells nobody the reference."""
        made = f"{self.reference} {self.created_at.isoformat()}"
        return f"{uuid.uuid5(uuid.NAMESPACE_OID, made)}{OURS}"


def visit(engine: Engine, reference: str) -> Visit:
    """Return the appointment with this reference. Raises AppointmentNotFound."""
    for found in visits(engine, appointments.c.reference == reference):
        return found
    raise AppointmentNotFound


def visits(engine: Engine, *conditions: sa.sql.ColumnElement) -> list[Visit]:
    """Return the appointments that meet all conditions, in order of time."""
    query = sa.select(appointments).where(*conditions).order_by(appointments.c.starts_at)
    with engine.connect() as connection:
        return visits_of(connection.execute(query))


def visits_of(rows: Iterable[Row]) -> list[Visit]:
    """Return rows of the table ``appointments`` as visits."""
    return [
        Visit(
            id=row.id,
            reference=row.reference,
            service=row.service,
            practitioner=row.practitioner,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            name=row.client_name,
            contact=row.client_contact,
            email=row.client_email,
            status=row.status,
            sequence=row.sequence,
            created_at=row.created_at,
            changed_at=row.changed_at,
        )
        for row in rows
    ]
