"""Reminders and changes told in a chat on a messaging platform: where it was booked, or was asked for.

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
from clinic.booking.notify import ways
from clinic.booking.notify.outbox import (
    CHAT,
    CLIENT,
    OLDEST,
    Known,
    News,
    known_of,
    reminder_of,
    row_of,
    soon,
)
from clinic.booking.wording import say_time
from clinic.conversation.history import insert_event
from clinic.database import appointment_changes, appointments, outbox
from clinic.settings import ClinicFile

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
        found = [*_changes(connection, now), *_reminders(connection, now, before)]
        ids = {row["appointment_id"] for (row, _), _ in found}
        known, chats = known_of(connection, ids), ways.chats(connection, clinic, ids)
    due = [
        (row, chats[row["appointment_id"]].conversation)
        for (row, at), email in found
        if ways.in_chat(chats.get(row["appointment_id"]), at, email) and not _is_told(row, known)
    ]
    return sum(_tell(engine, row, conversation, clinic, now) for row, conversation in due)


def _is_told(row: dict[str, Any], known: Known) -> bool:
    """Say whether something was told in the chat, or by the e-mail that stands in its place."""
    event, kind = row["event"], row["kind"]
    return (event, CHAT, kind) in known or (kind not in ways.BOTH and (event, CLIENT, kind) in known)


def _changes(connection: Connection, now: datetime) -> Iterator[tuple[News, str | None]]:
    """Yield, with the client's e-mail address, the latest changes that were not made and told in a chat."""
    change = appointment_changes.c
    elsewhere = (change.who != "visitor") | change.idempotency_key.startswith(ON_A_PAGE)
    query = (
        sa.select(appointment_changes, appointments.c.client_email)
        .join(appointments, appointments.c.id == change.appointment_id)
        .where(change.at > now - OLDEST, change.what.in_(TOLD), change.starts_at > now)
        .where(elsewhere, change.sequence == appointments.c.sequence)
    )
    for one in connection.execute(query.order_by(change.id)):
        yield (row_of(f"change:{one.id}", CHAT, one.what, one), one.at), one.client_email


def _reminders(connection: Connection, now: datetime, before: timedelta) -> Iterator[tuple[News, str | None]]:
    """Yield reminders, unless the client was told of the appointment within the same time."""
    for one in connection.execute(soon(now, before)):
        if one.changed_at < one.starts_at - before:
            news = row_of(reminder_of(one), CHAT, "reminder", one), one.starts_at - before
            yield news, one.client_email


def _tell(engine: Engine, one: dict[str, Any], conversation: str, clinic: ClinicFile, now: datetime) -> bool:
    """Say it in the conversation, unless another process has."""
    dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
    told = {"status": "sent", "attempts": 1, "next_try_at": now, "created_at": now, "settled_at": now}
    with engine.begin() as connection:
        new = connection.execute(dialect.insert(outbox).values(one | told).on_conflict_do_nothing()).rowcount
        if new:
            query = sa.select(appointments).where(appointments.c.id == one["appointment_id"])
            row = connection.execute(query).one()
            insert_event(connection, conversation, _event(one["kind"], row, clinic, now))
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
