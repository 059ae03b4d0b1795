"""Appointments as they are stored, and how they are found."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from clinic.booking.model import AppointmentNotFound, Slot
from clinic.database import appointment_changes, appointments

LETTERS, DIGITS = "ABCDEFGHJKMNPQRSTUVWXYZ", "23456789"  # none that look alike


@dataclass(frozen=True)
class Client:
    """Who comes, and how to reach them.

    Attributes:
        name: As they gave it.
        contact: What opens the appointment beside its reference: an E.164 phone number or a lower-case
            e-mail address.
        email: Where e-mail may be sent, or None.

    """

    name: str
    contact: str
    email: str | None = None


@dataclass(frozen=True)
class Appointment:
    """A stored appointment; ``sequence`` counts its changes, ``notes`` are for the practitioner."""

    id: int
    reference: str
    service: str
    slot: Slot
    client: Client
    status: str
    sequence: int = 0
    notes: str | None = None


@dataclass(frozen=True)
class By:
    """A write's circumstances.

    Attributes:
        key: Its idempotency key.
        now: Aware current time.
        who: ``visitor``, ``staff:<name>`` or ``system``.
        witness: Called in the write's transaction with the appointment's id, or None.

    """

    key: str
    now: datetime
    who: str = "visitor"
    witness: Callable[[Connection, int], None] | None = None


def find(engine: Engine, reference: str, contact: str) -> Appointment:
    """Return the appointment that has this reference and this contact or e-mail address.

    Raises:
        AppointmentNotFound: none has both.

    """
    known = sa.or_(appointments.c.client_contact == contact, appointments.c.client_email == contact)
    return _one(engine, sa.and_(appointments.c.reference == reference.strip().upper(), known))


def made_with(engine: Engine, key: str) -> Appointment | None:
    """Return the appointment that this idempotency key made, or None."""
    return _any(engine, appointments.c.idempotency_key == key)


def changed_with(engine: Engine, key: str) -> Appointment | None:
    """Return the appointment that this idempotency key made or changed, as it is now, or None."""
    changed = sa.select(appointment_changes.c.appointment_id).where(
        appointment_changes.c.idempotency_key == key
    )
    return _any(engine, appointments.c.id == changed.scalar_subquery())


def with_id(engine: Engine, identity: int) -> Appointment:
    """Return the appointment with this id. Raises AppointmentNotFound."""
    return _one(engine, appointments.c.id == identity)


def _any(engine: Engine, condition: sa.sql.ColumnElement) -> Appointment | None:
    with engine.connect() as connection:
        row = connection.execute(sa.select(appointments).where(condition)).first()
    return _appointment(row) if row else None


def _one(engine: Engine, condition: sa.sql.ColumnElement) -> Appointment:
    appointment = _any(engine, condition)
    if appointment is None:
        raise AppointmentNotFound
    return appointment


def _appointment(row: Row) -> Appointment:
    before, after = row.starts_at - row.busy_from, row.busy_until - row.ends_at
    return Appointment(
        id=row.id,
        reference=row.reference,
        service=row.service,
        slot=Slot(row.starts_at, row.ends_at, row.practitioner, row.room or "", before, after),
        client=Client(row.client_name, row.client_contact, row.client_email),
        status=row.status,
        sequence=row.sequence,
        notes=row.notes,
    )


def new_reference() -> str:
    """Draw a reference that people can read out, such as ABC-234; the database says whether it is new."""
    letters = "".join(secrets.choice(LETTERS) for _ in range(3))
    return f"{letters}-{''.join(secrets.choice(DIGITS) for _ in range(3))}"
