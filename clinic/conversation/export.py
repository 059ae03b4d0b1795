"""All that is known of a person, for the person: one JSON document."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from clinic.console.tables import request_notes
from clinic.conversation import joined
from clinic.conversation.tables import conversations, deliveries, events, joined_conversations, messaged
from clinic.database import appointments, requests

INNER = ("loads_after", "loads_state", "next_after", "next_state", "next_turn", "last_event", "turns")
BOOKED = (
    *("reference", "service", "practitioner", "starts_at", "ends_at"),
    *("client_name", "client_contact", "client_email", "notes"),
)
SENT = ("event_id", "part", "state", "trouble", "created_at", "sent_at")
REACHED = ("channel", "recipient", "through", "heard_at", "stopped_at")
ASKED = ("client_name", "client_contact", "message", "created_at")


def export(engine: Engine, names: Iterable[str], contact: str | None = None) -> dict[str, Any]:
    """Return the conversations, joined ones too, the bookings and requests of a person; times are ISO in UTC.

    Args:
        engine: The clinic's database.
        names: Conversations.
        contact: Also what was booked or asked under this phone number or e-mail address.

    """
    with engine.connect() as connection:
        names = sorted(joined.with_joined(connection, names))
    return {
        "conversations": [_conversation(engine, name) for name in names],
        "bookings": _rows(engine, appointments, (*BOOKED, "status", "created_at"), names, contact),
        "requests": _requests(engine, names, contact),
    }


def _requests(engine: Engine, names: list[str], contact: str | None) -> list[dict[str, Any]]:
    """Return what was asked of people, with what the staff noted on it."""
    asked = _rows(engine, requests, ("id", *ASKED), names, contact)
    notes = sa.select(request_notes.c.text).order_by(request_notes.c.id)
    with engine.connect() as connection:
        for one in asked:
            theirs = notes.where(request_notes.c.request_id == one.pop("id"))
            one["notes"] = list(connection.execute(theirs).scalars())
    return asked


def _conversation(engine: Engine, name: str) -> dict[str, Any]:
    with engine.connect() as connection:
        row = (
            connection.execute(sa.select(conversations).where(conversations.c.id == name)).mappings().first()
        )
        told = sa.select(events.c.data).where(events.c.sender_id == name).order_by(events.c.id)
        found = [json.loads(data) for data in connection.execute(told).scalars()]
    known = {key: _plain(value) for key, value in dict(row or {}).items() if key not in INNER}
    messaging = {"reached": _beside(engine, messaged, REACHED, name)}
    messaging["deliveries"] = _beside(engine, deliveries, SENT, name)
    messaging["joined"] = _joined(engine, name)
    return known | {"id": name, "events": found} | {key: rows for key, rows in messaging.items() if rows}


def _beside(engine: Engine, table: sa.Table, columns: tuple[str, ...], name: str) -> list[dict[str, Any]]:
    """Return what a table of the messaging platforms holds of a conversation."""
    query = sa.select([table.c[column] for column in columns]).where(table.c.conversation == name)
    with engine.connect() as connection:
        rows = connection.execute(query).mappings().all()
    return [{key: _plain(value) for key, value in row.items()} for row in rows]


def _joined(engine: Engine, name: str) -> list[dict[str, Any]]:
    """Return what was answered in a conversation, asked whether to be told of an appointment there."""
    columns = (appointments.c.reference, joined_conversations.c.agreed, joined_conversations.c.decided_at)
    query = sa.select(*columns).join(appointments).where(joined_conversations.c.conversation == name)
    with engine.connect() as connection:
        rows = connection.execute(query).mappings().all()
    return [{key: _plain(value) for key, value in row.items()} for row in rows]


def _rows(
    engine: Engine, table: sa.Table, columns: tuple[str, ...], names: list[str], contact: str | None
) -> list[dict[str, Any]]:
    theirs = table.c.conversation.in_(names)
    theirs = theirs | (table.c.client_contact == contact) if contact else theirs
    query = sa.select([table.c[name] for name in columns]).where(theirs)
    with engine.connect() as connection:
        rows = connection.execute(query).mappings().all()
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
