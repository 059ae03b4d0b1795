"""Erasing a person everywhere, with a receipt that holds nothing of them."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import phonenumbers
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from clinic.console.tables import audit_trail
from clinic.conversation import joined
from clinic.conversation.tables import (
    CONTACTS,
    conversation_topics,
    conversations,
    deliveries,
    erasures,
    events,
    messaged,
    takeovers,
)
from clinic.database import (
    accepted_notices,
    appointment_changes,
    appointments,
    feedback,
    received_messages,
    requests,
    staff_typing,
)
from clinic.learning.tables import reviews

ERASED = "(erased)"
MERGED = 200  # pages of the index that one transaction puts in order
VALUE = {
    "sqlite": sa.text("json_extract(data, '$.value') = :contact"),
    "postgresql": sa.text("CAST(data AS json) ->> 'value' = :contact"),
}
CHANGES = sa.text("SELECT total_changes()")
MERGE = sa.text("INSERT INTO message_index (message_index, rank) VALUES ('merge', :pages)")


@dataclass(frozen=True)
class Receipt:
    """What was erased, for the person and for the clinic's file.

    Attributes:
        reference: By which the receipt is found again.
        erased_at: When, aware.
        counts: Rows by kind: conversations, events, requests, bookings, messages.

    """

    reference: str
    erased_at: datetime
    counts: dict[str, int]


def contact_in(written: str, country: str) -> str | None:
    """Return a phone number (E.164) or an e-mail address as it is kept, or None for another text."""
    if "@" in written:
        return written.strip().lower()
    try:
        number = phonenumbers.parse(written, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def conversations_of(engine: Engine, contact: str) -> set[str]:
    """Return a person's conversations, joined ones too, by phone number (E.164) or e-mail address."""
    with engine.connect() as connection:
        of_contacts = VALUE[connection.dialect.name]
        slots = sa.select(events.c.sender_id).where(CONTACTS, events.c.type_name == "slot", of_contacts)
        found = set(connection.execute(slots, {"contact": contact}).scalars())
        for table in (appointments, requests):
            column = sa.select(table.c.conversation).where(table.c.client_contact == contact)
            found.update(connection.execute(column).scalars())
        reached = messaged.c.recipient.in_((contact, contact.removeprefix("+"), f"whatsapp:{contact}"))
        found.update(connection.execute(sa.select(messaged.c.conversation).where(reached)).scalars())
        found |= joined.of_contact(connection, contact)
        return joined.with_joined(connection, found - {None})


def erase(engine: Engine, names: Iterable[str], now: datetime, contact: str | None = None) -> Receipt:
    """Erase conversations and those joined to them, and what is personal in their bookings and requests.

    The full-text index goes with the events. An appointment stays sold, without its client.

    Args:
        engine: The clinic's database.
        names: Conversations.
        now: Aware; stands on the receipt.
        contact: Also what was booked or asked under this phone number or e-mail address.

    """
    with engine.begin() as connection:
        names = sorted(joined.with_joined(connection, names))
        counts = forget(connection, names) | {
            "requests": _delete(connection, requests, _theirs(requests, names, contact)),
            "bookings": empty_bookings(connection, _theirs(appointments, names, contact)),
        }
        reference = f"ERASED-{secrets.token_hex(4).upper()}"
        connection.execute(erasures.insert().values(reference=reference, erased_at=now, **counts))
    scrub(engine)
    return Receipt(reference, now, counts)


def erase_chat(engine: Engine, name: str) -> None:
    """Delete one conversation for its visitor; what was booked or asked for in it stays with the clinic."""
    with engine.begin() as connection:
        forget(connection, [name])
    scrub(engine)


def forget(connection: Connection, names: list[str]) -> dict[str, int]:
    """Delete conversations with all that is kept beside them; return the rows of the main kinds.

    The full-text index goes with the events.
    """
    kept_beside = (feedback, accepted_notices, staff_typing, conversation_topics, takeovers, reviews)
    for beside in (*kept_beside, deliveries, messaged):
        _delete(connection, beside, beside.c.conversation.in_(names))
    joined.forget(connection, names)
    seen = audit_trail.c.subject.in_([f"conversation {name}" for name in names])
    connection.execute(audit_trail.update().where(seen).values(subject=ERASED))
    return {
        "conversations": _delete(connection, conversations, conversations.c.id.in_(names)),
        "events": _delete(connection, events, events.c.sender_id.in_(names)),
        "messages": _delete(connection, received_messages, received_messages.c.conversation.in_(names)),
    }


def scrub(engine: Engine) -> None:
    """Let nothing of what was deleted stay in SQLite's files: neither in the index nor in the log."""
    if engine.dialect.name != "sqlite":
        return
    while _merge(engine):
        pass
    with engine.connect() as connection:
        connection.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)"))


def _merge(engine: Engine) -> bool:
    """Put a part of the index in order, so that others can write meanwhile; False when all of it is."""
    with engine.begin() as connection:
        before = connection.execute(CHANGES).scalar_one()
        connection.execute(MERGE, {"pages": -MERGED})
        return bool(connection.execute(CHANGES).scalar_one() - before > 1)


def _theirs(table: sa.Table, names: list[str], contact: str | None) -> Any:
    theirs = table.c.conversation.in_(names)
    return theirs | (table.c.client_contact == contact) if contact else theirs


def _delete(connection: Connection, table: sa.Table, which: Any) -> int:
    return int(connection.execute(table.delete().where(which)).rowcount)


def empty_bookings(connection: Connection, which: Any) -> int:
    """Take the client out of appointments; their times stay sold."""
    joined.forget_appointments(connection, which)
    theirs = appointment_changes.c.appointment_id.in_(sa.select(appointments.c.id).where(which))
    connection.execute(appointment_changes.update().where(theirs).values(idempotency_key=None))
    nobody = (
        appointments.update()
        .where(which)
        .values(client_name=ERASED, client_contact=ERASED, client_email=None, notes=None, conversation=None)
    )
    return int(connection.execute(nobody).rowcount)
