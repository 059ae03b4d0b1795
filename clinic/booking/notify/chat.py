"""Reminders and changes told in the chat in which an appointment was booked, on a messaging platform.

Each is an event of the conversation, which the assistant delivers like everything else that is said
there. The row in the outbox and the event are written together: it is told once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine

from clinic.booking import links
from clinic.booking.notify.outbox import OLDEST, reminder_of, soon
from clinic.booking.wording import say_time
from clinic.conversation.history import insert_event
from clinic.conversation.tables import messaged
from clinic.database import appointment_changes, appointments, outbox
from clinic.settings import ClinicFile

CHAT = "chat"
TOLD = ("confirmed", "moved", "cancelled")
ON_A_PAGE = "page:"  # how the keys of changes begin that a client made on the page of the manage link
WORDS = {
    "reminder": "A reminder: your appointment is on {when}: {service} with {practitioner}. Your reference is "
    "{reference}. If you can't come, please move or cancel it, so that somebody else can have the time.",
    "confirmed": "Your appointment is confirmed: {service} on {when} with {practitioner}. Your reference is "
    "{reference}.",
    "moved": "Your appointment has been moved. It is now on {when}: {service} with {practitioner}. Your "
    "reference is still {reference}. If that time does not suit you, just say so.",
    "cancelled": "Your appointment on {when} is cancelled: {service}, reference {reference}. If you'd like "
    "another time, just say so.",
}
CHANGE = (("Move appointment", "move my appointment"), ("Cancel appointment", "cancel my appointment"))
BUTTONS = {"reminder": CHANGE, "cancelled": (("Book an appointment", "Book an appointment"),)}


def tell_due(engine: Engine, clinic: ClinicFile, now: datetime) -> int:
    """Tell what has happened or come due; return how much was told.

    Args:
        engine: The database.
        clinic: The clinic's settings.
        now: Aware current time, by the clinic's clock.

    """
    before = timedelta(hours=clinic.booking.reminder_hours)
    with engine.connect() as connection:
        due = [*_changes(connection, now), *_reminders(connection, now, before)]
        known = _known(connection, {one["appointment_id"] for one in due})
    due = [one for one in due if (one["event"], one["kind"]) not in known]
    return sum(_tell(engine, one, clinic, now) for one in due)


def _changes(connection: Connection, now: datetime) -> Iterator[dict[str, Any]]:
    """Yield the latest changes that were not made in the chat, where they were told already."""
    change = appointment_changes.c
    elsewhere = (change.who != "visitor") | change.idempotency_key.startswith(ON_A_PAGE)
    query = (
        sa.select(change.id, change.appointment_id, change.sequence, change.starts_at, change.what)
        .select_from(_in_chats(appointment_changes, appointments.c.id == change.appointment_id))
        .where(change.at > now - OLDEST, change.what.in_(TOLD), change.starts_at > now)
        .where(elsewhere, change.sequence == appointments.c.sequence, messaged.c.stopped_at.is_(None))
    )
    for one in connection.execute(query.order_by(change.id)):
        yield _row(f"change:{one.id}", one.what, one)


def _reminders(connection: Connection, now: datetime, before: timedelta) -> Iterator[dict[str, Any]]:
    """Yield reminders, unless the client was told of the appointment within the same time."""
    chat = sa.exists().where(
        messaged.c.conversation == appointments.c.conversation, messaged.c.stopped_at.is_(None)
    )
    for one in connection.execute(soon(now, before).where(chat)):
        if one.changed_at < one.starts_at - before:
            yield _row(reminder_of(one), "reminder", one)


def _in_chats(table: sa.Table, which: Any) -> Any:
    joined = table.join(appointments, which)
    return joined.join(messaged, messaged.c.conversation == appointments.c.conversation)


def _row(event: str, kind: str, one: Any) -> dict[str, Any]:
    about = {"appointment_id": one.appointment_id, "sequence": one.sequence, "starts_at": one.starts_at}
    return {"event": event, "audience": CHAT, "kind": kind} | about


def _known(connection: Connection, appointment_ids: set[int]) -> set[tuple[str, str]]:
    query = sa.select(outbox.c.event, outbox.c.kind).where(
        outbox.c.audience == CHAT, outbox.c.appointment_id.in_(appointment_ids)
    )
    return {(row.event, row.kind) for row in connection.execute(query)}


def _tell(engine: Engine, one: dict[str, Any], clinic: ClinicFile, now: datetime) -> bool:
    """Say it in the conversation, unless another process has."""
    dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
    told = {"status": "sent", "attempts": 1, "next_try_at": now, "created_at": now, "settled_at": now}
    with engine.begin() as connection:
        new = connection.execute(dialect.insert(outbox).values(one | told).on_conflict_do_nothing()).rowcount
        if new:
            query = sa.select(appointments).where(appointments.c.id == one["appointment_id"])
            row = connection.execute(query).one()
            insert_event(connection, row.conversation, _event(one["kind"], row, clinic, now))
    return bool(new)


def _event(kind: str, row: Any, clinic: ClinicFile, now: datetime) -> dict[str, Any]:
    """Return rasa.shared.core.events.BotUttered as its dictionary."""
    when = say_time(row.starts_at, clinic.zone)
    known = {"service": row.service, "practitioner": row.practitioner, "reference": row.reference}
    data: dict[str, Any] = {
        "buttons": [{"title": title, "payload": payload} for title, payload in BUTTONS.get(kind, ())]
    }
    if kind != "cancelled":
        booking = {"type": "booking", "reference": row.reference, "service": row.service, "when": when}
        booking["manage"] = links.manage_url(row.reference, row.ends_at)
        file = {"ics": links.calendar_url(row.reference, row.ends_at)} if kind != "reminder" else {}
        data["custom"] = booking | file
    return {
        "event": "bot",
        "timestamp": now.timestamp(),
        "text": WORDS[kind].format(when=when, **known),
        "data": data,
        "metadata": {"utter_action": f"utter_appointment_{kind}_elsewhere"},
    }
