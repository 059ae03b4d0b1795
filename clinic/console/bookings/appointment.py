"""An appointment's page: what it is, what may be done with it, its history, its e-mails, its conversation."""

from __future__ import annotations

import sqlalchemy as sa
from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection, Row

from clinic.booking.manage import CHANGEABLE
from clinic.booking.wording import say_contact
from clinic.console.audit import record
from clinic.console.pages import page
from clinic.console.refused import Refused
from clinic.console.views import Asked, view
from clinic.conversation.erasure import ERASED
from clinic.conversation.tables import conversations
from clinic.database import appointment_changes, appointments, outbox
from clinic.settings import now

DONE = {
    "confirmed": "Confirmed.",
    "moved": "Moved.",
    "cancelled": "Cancelled; its time is free again.",
    "attended": "Noted: they came.",
    "missed": "Noted: they did not come.",
    "booked": "Booked.",
    "restored": "Restored: the appointment stands again.",
    "back": "Moved back to where it was.",
}


@view("/bookings/<reference>", role="viewer")
def show(asked: Asked, reference: str) -> HTTPResponse:
    """Show an appointment with its history."""
    one = stored(asked.connection, reference)
    history = _history(asked.connection, one)
    record(asked.connection, asked.me, "viewed appointment", f"appointment {one.reference}")
    talked = sa.select(conversations.c.id).where(conversations.c.id == one.conversation)
    return page(
        asked,
        "bookings/appointment.html",
        one=one,
        contact=say_contact(one.client_contact) if one.client_contact != ERASED else ERASED,
        history=history,
        letters=_letters(asked.connection, one),
        conversation=asked.connection.execute(talked).scalar(),
        done=DONE.get(asked.argument("done"), ""),
        can=what_can_be_done(one, history, started=one.starts_at <= now()),
    )


def stored(connection: Connection, reference: str) -> Row:
    """Return an appointment's row. Raises Refused (404)."""
    query = sa.select(appointments).where(appointments.c.reference == reference.upper())
    row = connection.execute(query).first()
    if row is None:
        raise Refused(404)
    return row


def what_can_be_done(one: Row, history: list[Row], *, started: bool) -> set[str]:
    """Return the changes that an appointment allows, as the addresses under its own name them."""
    can = {"move", "cancel"} if one.status in CHANGEABLE else set()
    if one.status == "requested":
        can.add("confirm")
    if started and one.status in {"confirmed", "moved", "missed"}:
        can.add("attended")
    if started and one.status in {"confirmed", "moved", "attended"}:
        can.add("missed")
    if not started and (one.status == "cancelled" or (one.status == "moved" and len(history) > 1)):
        can.add("undo")
    return can


def _history(connection: Connection, one: Row) -> list[Row]:
    """Return who did what when, newest first."""
    theirs = appointment_changes.c.appointment_id == one.id
    query = sa.select(appointment_changes).where(theirs).order_by(appointment_changes.c.sequence.desc())
    return list(connection.execute(query))


def _letters(connection: Connection, one: Row) -> list[Row]:
    """Return the e-mails about an appointment, newest first."""
    query = sa.select(outbox).where(outbox.c.appointment_id == one.id).order_by(outbox.c.id.desc())
    return list(connection.execute(query))
