"""Appointments in the database. A slot is sold once because the database refuses a second row.

Each write is one transaction with a row in ``appointment_changes`` that says who did what and when. It
carries an idempotency key: the same key again changes nothing and returns the appointment as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError, OperationalError

from clinic.booking import taken
from clinic.booking.model import NEXT_STATUSES, AppointmentNotFound, Slot, SlotTaken, StatusRefused
from clinic.booking.records import Appointment, By, Client, changed_with, made_with, new_reference, with_id
from clinic.database import appointment_changes, appointments, requests

HOLD = timedelta(minutes=10)
TRIES, DRAWS = 5, 20
Result = TypeVar("Result")


def hold(engine: Engine, slot: Slot, key: str, now: datetime, moving: str | None = None) -> datetime:
    """Keep a slot for whoever books with this key; a hold before it is given back.

    Args:
        engine: The database.
        slot: What is to be kept.
        key: The key that the booking will have.
        now: Aware current time.
        moving: The reference of the appointment that is to be moved into the slot and may overlap it.

    Returns:
        When the hold expires.

    Raises:
        SlotTaken: any part of the slot is sold or held; the hold before it stands.

    """

    def write(connection: Connection) -> None:
        taken.free_expired(connection, now)
        taken.free_hold(connection, key)
        taken.keep(connection, slot, key, now + HOLD, moving)

    try:
        transaction(engine, write)
    except IntegrityError:
        raise SlotTaken from None
    return now + HOLD


def release(engine: Engine, key: str) -> None:
    """Give a hold's time back."""
    transaction(engine, lambda connection: taken.free_hold(connection, key))


def book(
    engine: Engine,
    slot: Slot,
    service: str,
    client: Client,
    by: By,
    *,
    conversation: str | None = None,
    notes: str | None = None,
    status: str = "confirmed",
) -> Appointment:
    """Store an appointment in the place of the hold that has the same key, if there is one.

    Raises:
        SlotTaken: any part of the slot is sold, or held by somebody else.

    """
    values = {
        "idempotency_key": by.key,
        "sequence": 0,
        "service": service,
        "client_name": client.name,
        "client_contact": client.contact,
        "client_email": client.email or (client.contact if "@" in client.contact else None),
        "notes": notes,
        "status": status,
        "conversation": conversation,
        "created_at": by.now,
        "changed_at": by.now,
        **_times(slot),
    }

    def write(connection: Connection) -> int:
        taken.free_expired(connection, by.now)
        taken.free_hold(connection, by.key)
        insert = appointments.insert().values(reference=new_reference(), **values)
        identity: int = connection.execute(insert).inserted_primary_key[0]
        taken.take(connection, slot, identity)
        _record(connection, identity, by)
        return identity

    for _ in range(DRAWS):  # again only when a reference was drawn twice
        try:
            return with_id(engine, transaction(engine, write))
        except IntegrityError:
            made_before = made_with(engine, by.key)
            if made_before:
                return made_before
            if taken.is_taken(engine, slot, by.now, but=by.key):
                raise SlotTaken from None
    raise SlotTaken


def move(engine: Engine, appointment: Appointment, slot: Slot, by: By) -> Appointment:
    """Move to another slot in one transaction: the old time is freed only when the new is taken.

    Raises:
        SlotTaken: any part of the new slot is somebody else's.
        AppointmentNotFound: the appointment was cancelled meanwhile.

    """

    def write(connection: Connection) -> None:
        taken.free_expired(connection, by.now)
        _change(connection, appointment, "moved", by, values=_times(slot))
        taken.free_hold(connection, by.key)
        taken.free_appointment(connection, appointment.id)
        taken.take(connection, slot, appointment.id)

    try:
        return _changed(engine, appointment, by, write)
    except IntegrityError:
        raise SlotTaken from None
    except StatusRefused:
        raise AppointmentNotFound from None


def cancel(engine: Engine, appointment: Appointment, by: By) -> Appointment:
    """Cancel and free the time; cancelling twice is cancelling once.

    Raises:
        StatusRefused: it has taken place, or was missed.

    """

    def write(connection: Connection) -> None:
        _change(connection, appointment, "cancelled", by)
        taken.free_appointment(connection, appointment.id)

    try:
        return _changed(engine, appointment, by, write)
    except StatusRefused:
        now_is = with_id(engine, appointment.id)
        if now_is.status != "cancelled":
            raise
        return now_is


def restore(engine: Engine, appointment: Appointment, by: By) -> Appointment:
    """Undo a cancellation: the appointment takes its time again, and is confirmed.

    Raises:
        SlotTaken: any part of its time is somebody else's by now.
        StatusRefused: it is not cancelled.

    """

    def write(connection: Connection) -> None:
        taken.free_expired(connection, by.now)
        _change(connection, appointment, "confirmed", by, before={"cancelled"})
        taken.take(connection, appointment.slot, appointment.id)

    try:
        return _changed(engine, appointment, by, write)
    except IntegrityError:
        raise SlotTaken from None


def set_status(engine: Engine, appointment: Appointment, status: str, by: By) -> Appointment:
    """Say that an appointment is confirmed, attended or missed.

    Raises:
        StatusRefused: its present status does not allow it.

    """
    if status not in {"confirmed", "attended", "missed"}:
        raise StatusRefused(status)
    return _changed(engine, appointment, by, lambda c: _change(c, appointment, status, by))


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
        stored = sa.select(sa.exists().where(requests.c.idempotency_key == key))
        with engine.connect() as connection:
            if not connection.execute(stored).scalar():
                raise


def _changed(
    engine: Engine, appointment: Appointment, by: By, write: Callable[[Connection], None]
) -> Appointment:
    """Run a change once for its key, and return the appointment as it then is."""
    try:
        transaction(engine, write)
    except (IntegrityError, StatusRefused):
        if not changed_with(engine, by.key):
            raise
    return with_id(engine, appointment.id)


def _change(
    connection: Connection,
    appointment: Appointment,
    status: str,
    by: By,
    *,
    before: Collection[str] = (),
    values: Mapping[str, object] | None = None,
) -> None:
    """Change the row and record it. The row is locked first, so that changes of one appointment queue."""
    before = before or [old for old, new in NEXT_STATUSES.items() if status in new]
    changed = connection.execute(
        appointments.update()
        .where(appointments.c.id == appointment.id, appointments.c.status.in_(before))
        .values(status=status, sequence=appointments.c.sequence + 1, changed_at=by.now, **values or {})
    ).rowcount
    if not changed:
        raise StatusRefused(status)
    _record(connection, appointment.id, by)


def _record(connection: Connection, appointment_id: int, by: By) -> None:
    """Copy the appointment's row, as this transaction has left it, into its history."""
    row = appointments.c
    columns = ["appointment_id", "sequence", "what", "practitioner", "starts_at", "ends_at"]
    now_is = sa.select(
        row.id,
        row.sequence,
        row.status,
        row.practitioner,
        row.starts_at,
        row.ends_at,
        sa.literal(by.now, type_=row.starts_at.type),
        sa.literal(by.who),
        sa.literal(by.key),
    ).where(row.id == appointment_id)
    connection.execute(
        appointment_changes.insert().from_select([*columns, "at", "who", "idempotency_key"], now_is)
    )
    if by.witness:
        by.witness(connection, appointment_id)


def transaction(engine: Engine, write: Callable[[Connection], Result]) -> Result:
    """Run one transaction; the one that the database picks from a deadlock is tried again."""
    for attempt in range(TRIES):
        try:
            with engine.begin() as connection:
                return write(connection)
        except OperationalError:
            if attempt == TRIES - 1:
                raise
    raise AssertionError


def _times(slot: Slot) -> dict[str, object]:
    return {
        "practitioner": slot.practitioner,
        "room": slot.room or None,
        "starts_at": slot.start,
        "ends_at": slot.end,
        "busy_from": slot.busy_from,
        "busy_until": slot.busy_until,
    }
