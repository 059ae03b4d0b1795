"""Whether a person may be written to now, and what the staff is told when they cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Engine

from clinic.channels.messaging.deliveries import FAILED, STOPPED, Due
from clinic.channels.messaging.platform import Platform, Recipient
from clinic.channels.messaging.wording import ANSWERS
from clinic.conversation.history import said_of
from clinic.conversation.tables import messaged
from clinic.database import appointments, requests
from clinic.settings import now

NOBODY = "(a client)"
OUTSIDE = "their last message is more than 24 hours old, and no approved template is set up"


@dataclass(frozen=True)
class Plan:
    """What to send, and to whom; no content: nothing can be sent, ``state`` and ``why`` say what of it."""

    to: Recipient | None
    content: dict[str, Any] | None
    state: str = ""
    why: str = ""


def plan(engine: Engine, platform: Platform, conversation: str, one: Due) -> Plan:
    """Return what becomes of the next message of a conversation."""
    with engine.connect() as connection:
        row = connection.execute(sa.select(messaged).where(messaged.c.conversation == conversation)).first()
    if row is None:
        return Plan(None, None, STOPPED, "the conversation was erased")
    said = said_of(engine, conversation, one.event_id) if one.event_id else None
    text = (said.text or "").strip() if said else ""
    if row.stopped_at and text != ANSWERS["stopped"]:
        return Plan(None, None, STOPPED, "they want no more messages")
    to = Recipient(row.recipient, row.through)
    window = platform.window(to)
    if window is None or datetime.now(UTC) - row.heard_at <= window:
        return Plan(to, one.content)
    if one.part:  # the template of the first part has said it all
        return Plan(None, None, STOPPED, "said in a template")
    template = platform.in_template(text) if text else None
    return Plan(to, template, FAILED, OUTSIDE)


def note_for_staff(engine: Engine, platform: Platform, conversation: str, event: int, why: str) -> None:
    """Leave the staff a request to reach the person by other means: one a conversation and day."""
    at = now()
    said = said_of(engine, conversation, event) if event else None
    name, contact = _known(engine, conversation)
    words = f"\nWhat should have been said: {said.text}" if said and said.text else ""
    values = {
        "idempotency_key": f"undelivered:{at.date().isoformat()}:{conversation}"[:255],
        "conversation": conversation,
        "client_name": name or NOBODY,
        "client_contact": contact or conversation.partition(":")[2],
        "message": f"Could not be delivered by {platform.name.capitalize()}: {why}.{words}",
        "created_at": at,
    }
    dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
    with engine.begin() as connection:
        connection.execute(dialect.insert(requests).values(values).on_conflict_do_nothing())


def _known(engine: Engine, conversation: str) -> tuple[str | None, str | None]:
    """Return name and contact that the latest booking of a conversation was made with."""
    query = (
        sa.select(appointments.c.client_name, appointments.c.client_contact)
        .where(appointments.c.conversation == conversation)
        .order_by(appointments.c.id.desc())
        .limit(1)
    )
    with engine.connect() as connection:
        found = connection.execute(query).first()
    return (found.client_name, found.client_contact) if found else (None, None)
