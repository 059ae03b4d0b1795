"""What staff change of an appointment. Each change is one transaction with its history and audit entry."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta

import sqlalchemy as sa
from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection, Engine, Row

from clinic.booking import store
from clinic.booking.diary import diary_of
from clinic.booking.model import AppointmentNotFound, Slot, SlotTaken, StatusRefused
from clinic.booking.records import Appointment, By, with_id
from clinic.console.audit import record
from clinic.console.bookings.appointment import stored
from clinic.console.pages import see_other
from clinic.console.refused import Refused
from clinic.console.roles import Staff
from clinic.console.views import Asked, view
from clinic.database import appointment_changes, appointments, database
from clinic.settings import clinic, now

TAKEN = "That time is not free: somebody else has it, or a visitor holds it while they book. Choose another."
Write = Callable[[Engine, Appointment, By], object]


@view("/bookings/<reference>/confirm", role="reviewer", methods=("POST",))
async def confirm(asked: Asked, reference: str) -> HTTPResponse:
    """Confirm what a visitor requested."""
    return await changed(asked, reference, "confirmed", lambda e, one, by: _say(e, one, "confirmed", by))


@view("/bookings/<reference>/cancel", role="reviewer", methods=("POST",))
async def cancel(asked: Asked, reference: str) -> HTTPResponse:
    """Cancel; the client is told, and the time is free again."""
    return await changed(asked, reference, "cancelled", store.cancel)


@view("/bookings/<reference>/attended", role="reviewer", methods=("POST",))
async def attended(asked: Asked, reference: str) -> HTTPResponse:
    """Say that the client came."""
    return await changed(asked, reference, "attended", lambda e, one, by: _say(e, one, "attended", by))


@view("/bookings/<reference>/missed", role="reviewer", methods=("POST",))
async def missed(asked: Asked, reference: str) -> HTTPResponse:
    """Say that the client did not come."""
    return await changed(asked, reference, "missed", lambda e, one, by: _say(e, one, "missed", by))


@view("/bookings/<reference>/undo", role="reviewer", methods=("POST",))
async def undo(asked: Asked, reference: str) -> HTTPResponse:
    """Restore what was cancelled, or move back what was moved last; the database says whether it can be."""
    one, earlier = await asyncio.to_thread(_before, reference)
    if one.status == "cancelled":
        return await changed(asked, reference, "confirmed", store.restore, done="restored")
    if one.status != "moved" or earlier is None:
        raise Refused(409)
    there = Slot(earlier.starts_at, earlier.ends_at, earlier.practitioner)

    def write(engine: Engine, now_is: Appointment, by: By) -> None:
        first_free(now_is.service, there, lambda slot: store.move(engine, now_is, slot, by))

    return await changed(asked, reference, "moved", write, done="back")


def _say(engine: Engine, one: Appointment, status: str, by: By) -> None:
    """Note a status. Raises StatusRefused where nobody can know yet whether the client comes."""
    if status != "confirmed" and one.slot.start > by.now:
        raise StatusRefused(status)
    store.set_status(engine, one, status, by)


def _before(reference: str) -> tuple[Row, Row | None]:
    """Return an appointment, and how it was before its last change."""
    row = appointment_changes.c
    with database().connect() as connection:
        one = stored(connection, reference)
        theirs = (row.appointment_id == one.id) & (row.sequence == one.sequence - 1)
        return one, connection.execute(sa.select(appointment_changes).where(theirs)).first()


async def changed(asked: Asked, reference: str, status: str, write: Write, done: str = "") -> HTTPResponse:
    """Make a change that the page at this version was for, once, and go back to the page.

    Two of the staff who change the same version have the same key: the database lets one of them, and the
    other is told. Pressing twice changes once.

    Args:
        asked: The request; its form holds ``version``.
        reference: The appointment's.
        status: What it comes to.
        write: Changes it.
        done: What the page says then, a key of appointment.DONE; the status unless given.

    Raises:
        Refused: 404, or 409 when the appointment or the time is not what the page showed.

    """
    return await asyncio.to_thread(_changed, asked, reference, status, write, done or status)


def _changed(asked: Asked, reference: str, status: str, write: Write, done: str) -> HTTPResponse:
    engine, version, me = database(), asked.number("version"), asked.me
    with engine.connect() as connection:
        one = stored(connection, reference)
    key = f"console:{one.reference}:{version}:{one.created_at:%Y%m%d%H%M%S}"
    if one.sequence == version:
        by = By(key, now(), f"staff:{me.name}", witness_of(me, f"{status} appointment"))
        try:
            write(engine, with_id(engine, one.id), by)
        except SlotTaken:
            raise Refused(409, TAKEN) from None
        except (StatusRefused, AppointmentNotFound):
            raise Refused(409) from None
    if not _is_mine(engine, key, me, status):
        raise Refused(409)
    return see_other(f"/bookings/{one.reference}?done={done}")


def witness_of(me: Staff, action: str) -> Callable[[Connection, int], None]:
    """Return what writes the audit entry in the transaction of a change."""

    def witness(connection: Connection, appointment_id: int) -> None:
        query = sa.select(appointments.c.reference).where(appointments.c.id == appointment_id)
        record(connection, me, action, f"appointment {connection.execute(query).scalar_one()}")

    return witness


def _is_mine(engine: Engine, key: str, me: Staff, status: str) -> bool:
    """Say whether the change with this key is the one that was asked for."""
    row = appointment_changes.c
    query = sa.select(row.who, row.what).where(row.idempotency_key == key)
    with engine.connect() as connection:
        found = connection.execute(query).first()
    return found is not None and tuple(found) == (f"staff:{me.name}", status)


def first_free(service: str, wanted: Slot, take: Callable[[Slot], object]) -> None:
    """Take a stretch of a practitioner's time outside of the diary's rules, in the first room that is free.

    Raises SlotTaken where the practitioner or every room is taken.
    """
    for slot in _in_rooms(service, wanted):
        try:
            take(slot)
        except SlotTaken:
            continue
        return
    raise SlotTaken


def _in_rooms(service: str, wanted: Slot) -> Iterator[Slot]:
    offered = next((one for one in diary_of(clinic()).services if one.name == service), None)
    before, after = (offered.before, offered.after) if offered else (timedelta(), timedelta())
    for room in (offered.rooms if offered else ()) or ("",):
        yield wanted._replace(room=room, before=before, after=after)
