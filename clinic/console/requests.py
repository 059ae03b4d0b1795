"""People's requests: who asked for a person, what is to be done, and by whom; messages that nobody got."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sanic.response import HTTPResponse

from clinic.channels.messaging.deliveries import FAILED
from clinic.console.audit import record
from clinic.console.pages import keep, page, see_other
from clinic.console.refused import Refused
from clinic.console.tables import request_notes, staff
from clinic.console.views import Asked, view
from clinic.conversation.tables import deliveries
from clinic.database import appointments, outbox, requests
from clinic.settings import now

AT_ONCE = 50
DAYS = 30  # how far back undelivered messages are shown
LONGEST_NOTE = 2000
SHOWN = ("open", "mine", "done")


@view("/requests", role="viewer", menu="Requests")
def show(asked: Asked) -> HTTPResponse:
    """Show the requests that are open, mine or done, newest first; contacts stand on a request's own page."""
    shown = asked.argument("show") if asked.argument("show") in SHOWN else "open"
    which = requests.c.done_at.is_not(None) if shown == "done" else requests.c.done_at.is_(None)
    if shown == "mine":
        which &= requests.c.assigned_to == asked.me.id
    if asked.argument("before"):
        which &= requests.c.id < asked.number("before")
    query = (
        sa.select(requests, staff.c.name.label("assigned"))
        .outerjoin(staff, staff.c.id == requests.c.assigned_to)
        .where(which)
        .order_by(requests.c.id.desc())
        .limit(AT_ONCE + 1)
    )
    rows = asked.connection.execute(query).all()
    older = keep(asked, before=rows[AT_ONCE - 1].id) if len(rows) > AT_ONCE else ""
    values = {"rows": rows[:AT_ONCE], "older": older, "shown": shown, "choices": SHOWN}
    return page(asked, "requests/list.html", **values, unsent=_unsent(asked), undelivered=_undelivered(asked))


def _undelivered(asked: Asked) -> list[sa.engine.Row]:
    """Return the conversations of the last days in which a platform refused messages for good."""
    recent = deliveries.c.created_at > now() - timedelta(days=DAYS)
    newest = sa.func.max(deliveries.c.created_at)
    query = (
        sa.select(
            deliveries.c.conversation,
            sa.func.max(deliveries.c.channel).label("channel"),
            sa.func.max(deliveries.c.trouble).label("trouble"),
            sa.func.count().label("messages"),
            newest.label("at"),
        )
        .where(deliveries.c.state == FAILED, recent)
        .group_by(deliveries.c.conversation)
        .order_by(newest.desc())
        .limit(AT_ONCE)
    )
    return list(asked.connection.execute(query).all())


def _unsent(asked: Asked) -> list[sa.engine.Row]:
    """Return the e-mails of coming appointments that a mail server refused for good."""
    query = (
        sa.select(outbox.c.kind, outbox.c.audience, outbox.c.trouble, appointments.c.reference)
        .join(appointments, appointments.c.id == outbox.c.appointment_id)
        .where(outbox.c.status == "refused", appointments.c.starts_at > now())
        .order_by(outbox.c.id.desc())
        .limit(AT_ONCE)
    )
    return list(asked.connection.execute(query).all())


@view("/requests/<number:int>", role="viewer")
def open_one(asked: Asked, number: int) -> HTTPResponse:
    """Show one request with the person's contact, its notes and what can be done."""
    found = _request(asked, number)
    notes = sa.select(request_notes).where(request_notes.c.request_id == number).order_by(request_notes.c.id)
    people = sa.select(staff.c.id, staff.c.name).where(staff.c.active).order_by(staff.c.name)
    record(asked.connection, asked.me, "viewed request", f"request {number}")
    values = {
        "notes": asked.connection.execute(notes).all(),
        "people": asked.connection.execute(people).all(),
    }
    return page(asked, "requests/request.html", one=found, **values)


@view("/requests/<number:int>/notes", role="reviewer", methods=("POST",))
def add_note(asked: Asked, number: int) -> HTTPResponse:
    """Add a note."""
    _request(asked, number)
    text = asked.field("text")
    if not 0 < len(text) <= LONGEST_NOTE:
        raise Refused(400, f"A note has 1 to {LONGEST_NOTE} characters.")
    row = {"request_id": number, "at": asked.at, "staff": asked.me.name, "text": text}
    asked.connection.execute(request_notes.insert().values(row))
    record(asked.connection, asked.me, "added a note", f"request {number}")
    return see_other(f"/requests/{number}")


@view("/requests/<number:int>/assign", role="reviewer", methods=("POST",))
def assign(asked: Asked, number: int) -> HTTPResponse:
    """Give a request to somebody of the staff, or to nobody."""
    _request(asked, number)
    who = asked.number("who") if asked.field("who") else None
    known = sa.select(staff.c.login).where(staff.c.id == who, staff.c.active)
    login = asked.connection.execute(known).scalar() if who else "nobody"
    if login is None:
        raise Refused(400)
    _change(asked, number, assigned_to=who)
    record(asked.connection, asked.me, f"assigned to {login}", f"request {number}")
    return see_other(f"/requests/{number}")


@view("/requests/<number:int>/done", role="reviewer", methods=("POST",))
def done(asked: Asked, number: int) -> HTTPResponse:
    """Mark a request as done."""
    _request(asked, number)
    _change(asked, number, done_at=asked.at)
    record(asked.connection, asked.me, "marked done", f"request {number}")
    return see_other("/requests")


@view("/requests/<number:int>/reopen", role="reviewer", methods=("POST",))
def reopen(asked: Asked, number: int) -> HTTPResponse:
    """Open a request again."""
    _request(asked, number)
    _change(asked, number, done_at=None)
    record(asked.connection, asked.me, "opened again", f"request {number}")
    return see_other(f"/requests/{number}")


def _request(asked: Asked, number: int) -> sa.engine.Row:
    found = asked.connection.execute(sa.select(requests).where(requests.c.id == number)).first()
    if found is None:
        raise Refused(404)
    return found


def _change(asked: Asked, number: int, **values: object) -> None:
    asked.connection.execute(requests.update().where(requests.c.id == number).values(values))
