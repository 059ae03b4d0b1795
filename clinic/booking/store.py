"""Appointments in the database. A slot is sold once because the database refuses a second row."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row
from sqlalchemy.exc import IntegrityError, OperationalError

from clinic.booking.model import AppointmentNotFound, Period, Slot, SlotTaken
from clinic.database import appointments, requests, sold_time

CELL = timedelta(minutes=5)
TRIES = 3
LETTERS, DIGITS = "ABCDEFGHJKMNPQRSTUVWXYZ", "23456789"  # none that look alike


@dataclass(frozen=True)
class Client:
    """Who comes, and how to reach them (an E.164 phone number or a lower-case e-mail address)."""

    name: str
    contact: str


@dataclass(frozen=True)
class Appointment:
    """A stored appointment."""

    id: int
    reference: str
    service: str
    slot: Slot
    client: Client
    status: str


def busy(engine: Engine, start: datetime, end: datetime) -> dict[str, list[Period]]:
    """Return each practitioner's sold periods that touch the time from ``start`` to ``end``."""
    query = sa.select(appointments.c.practitioner, appointments.c.starts_at, appointments.c.ends_at).where(
        appointments.c.status != "cancelled", appointments.c.starts_at < end, appointments.c.ends_at > start
    )
    periods: dict[str, list[Period]] = defaultdict(list)
    with engine.connect() as connection:
        for row in connection.execute(query):
            periods[row.practitioner].append((row.starts_at, row.ends_at))
    return periods


def book(
    engine: Engine,
    slot: Slot,
    service: str,
    client: Client,
    *,
    key: str,
    conversation: str | None,
    now: datetime,
) -> Appointment:
    """Store an appointment; the same ``key`` again returns the appointment it made before.

    Raises:
        SlotTaken: any part of the slot is sold.

    """
    for _ in range(20):  # a new try only when a reference is drawn twice
        try:
            with engine.begin() as connection:
                identity = connection.execute(
                    appointments.insert().values(
                        reference=_reference(),
                        idempotency_key=key,
                        service=service,
                        practitioner=slot.practitioner,
                        starts_at=slot.start,
                        ends_at=slot.end,
                        client_name=client.name,
                        client_contact=client.contact,
                        status="confirmed",
                        conversation=conversation,
                        created_at=now,
                        changed_at=now,
                    )
                ).inserted_primary_key[0]
                _sell(connection, slot, identity)
            return _one(engine, appointments.c.id == identity)
        except IntegrityError:
            made_before = _any(engine, appointments.c.idempotency_key == key)
            if made_before:
                return made_before
            if _is_sold(engine, slot):
                raise SlotTaken from None
    raise SlotTaken


def find(engine: Engine, reference: str, contact: str) -> Appointment:
    """Return the appointment that has this reference and contact.

    Raises:
        AppointmentNotFound: none has both.

    """
    return _one(
        engine,
        sa.and_(
            appointments.c.reference == reference.strip().upper(), appointments.c.client_contact == contact
        ),
    )


def made_with(engine: Engine, key: str) -> Appointment | None:
    """Return the appointment that this idempotency key made, or None."""
    return _any(engine, appointments.c.idempotency_key == key)


def cancel(engine: Engine, appointment: Appointment, now: datetime) -> Appointment:
    """Cancel and free the time; cancelling twice is cancelling once."""
    with engine.begin() as connection:
        connection.execute(sold_time.delete().where(sold_time.c.appointment_id == appointment.id))
        _change(connection, appointment, status="cancelled", changed_at=now)
    return _one(engine, appointments.c.id == appointment.id)


def move(engine: Engine, appointment: Appointment, slot: Slot, now: datetime) -> Appointment:
    """Move to another slot in one transaction: the old time is freed only when the new is sold.

    Raises:
        SlotTaken: any part of the new slot is somebody else's.
        AppointmentNotFound: the appointment was cancelled meanwhile.

    """
    values = {"practitioner": slot.practitioner, "starts_at": slot.start, "ends_at": slot.end}
    for attempt in range(TRIES):
        try:
            with engine.begin() as connection:
                connection.execute(sold_time.delete().where(sold_time.c.appointment_id == appointment.id))
                _sell(connection, slot, appointment.id)
                if not _change(connection, appointment, status="moved", changed_at=now, **values):
                    raise AppointmentNotFound
            break
        except IntegrityError:
            raise SlotTaken from None
        except OperationalError:  # two who swap their slots: the database lets one of them try again
            if attempt == TRIES - 1:
                raise
    return _one(engine, appointments.c.id == appointment.id)


def ask_person(
    engine: Engine, client: Client, message: str, *, key: str, conversation: str, now: datetime
) -> None:
    """Store a request to be contacted by a person; the same ``key`` again stores nothing new."""
    row = {"idempotency_key": key, "conversation": conversation, "client_name": client.name}
    row |= {"client_contact": client.contact, "message": message}
    try:
        with engine.begin() as connection:
            connection.execute(requests.insert().values(**row, created_at=now))
    except IntegrityError:
        if not _exists(engine, requests.c.idempotency_key == key):
            raise


def _sell(connection: Connection, slot: Slot, appointment_id: int) -> None:
    rows = [
        {"practitioner": slot.practitioner, "at": at, "appointment_id": appointment_id} for at in _cells(slot)
    ]
    connection.execute(sold_time.insert(), rows)


def _cells(slot: Slot) -> Iterator[datetime]:
    """Yield each five minutes that the slot touches."""
    at = slot.start - timedelta(minutes=slot.start.minute % 5, seconds=slot.start.second)
    while at < slot.end:
        yield at
        at += CELL


def _change(connection: Connection, appointment: Appointment, **values: object) -> int:
    return connection.execute(
        appointments.update()
        .where(appointments.c.id == appointment.id, appointments.c.status != "cancelled")
        .values(**values)
    ).rowcount


def _is_sold(engine: Engine, slot: Slot) -> bool:
    return _exists(
        engine,
        sa.and_(sold_time.c.practitioner == slot.practitioner, sold_time.c.at.in_(list(_cells(slot)))),
    )


def _exists(engine: Engine, condition: sa.sql.ColumnElement) -> bool:
    with engine.connect() as connection:
        return bool(connection.execute(sa.select(sa.exists().where(condition))).scalar())


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
    return Appointment(
        id=row.id,
        reference=row.reference,
        service=row.service,
        slot=Slot(row.starts_at, row.ends_at, row.practitioner),
        client=Client(row.client_name, row.client_contact),
        status=row.status,
    )


def _reference() -> str:
    letters = "".join(secrets.choice(LETTERS) for _ in range(3))
    return f"{letters}-{''.join(secrets.choice(DIGITS) for _ in range(3))}"
