"""What visitors and the assistant said, read from the events in the database."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine, Row
from sqlalchemy.exc import IntegrityError

from clinic.database import received_messages

TROUBLE = "utter_system_trouble"
events = sa.table(  # the tracker store's
    "events",
    sa.column("id", sa.Integer),
    sa.column("sender_id", sa.String),
    sa.column("type_name", sa.String),
    sa.column("timestamp", sa.Float),
    sa.column("data", sa.Text),
)


@dataclass(frozen=True)
class Said:
    """One message of a conversation, in the widget protocol's shape.

    Attributes:
        id: Number of the event; grows with time.
        sender: ``visitor`` or ``bot``.
        text: Words, or None.
        buttons: Quick replies, each with title and payload.
        image: Address of a picture, or None.
        custom: Anything else that a response holds, or None.
        time: ISO time in UTC.
        message: The id that the visitor's browser gave its message, or None.

    """

    id: int
    sender: str
    text: str | None
    buttons: list[dict[str, str]]
    image: str | None
    custom: dict[str, Any] | None
    time: str
    message: str | None = None

    def as_event(self) -> dict[str, Any]:
        """Return the JSON object of the widget's protocol."""
        content = asdict(self)
        return {"id": content.pop("id"), "from": content.pop("sender"), **content}


def said_since(engine: Engine, conversation: str, after: int) -> list[Said]:
    """Return what was said in a conversation after an event, oldest first."""
    query = (
        sa.select(events.c.id, events.c.type_name, events.c.timestamp, events.c.data)
        .where(
            events.c.sender_id == conversation,
            events.c.id > after,
            events.c.type_name.in_(("user", "bot")),
        )
        .order_by(events.c.id)
    )
    with engine.connect() as connection:
        return [_said(row) for row in connection.execute(query)]


def is_unanswered(engine: Engine, conversation: str) -> bool:
    """Say whether the visitor had the last word."""
    query = (
        sa.select(events.c.type_name)
        .where(events.c.sender_id == conversation, events.c.type_name.in_(("user", "bot")))
        .order_by(events.c.id.desc())
        .limit(1)
    )
    with engine.connect() as connection:
        return connection.execute(query).scalar() != "bot"


def receive_once(engine: Engine, channel: str, message_id: str, conversation: str, now: datetime) -> bool:
    """Note a message; return False when it was received before. The database decides."""
    row = {"channel": channel, "message_id": message_id, "conversation": conversation, "received_at": now}
    try:
        with engine.begin() as connection:
            connection.execute(received_messages.insert().values(**row))
    except IntegrityError:
        return False
    return True


def add_reply(engine: Engine, conversation: str, text: str, now: datetime) -> None:
    """Add a reply that Rasa did not make, such as the apology for its silence."""
    reply = {"event": "bot", "timestamp": now.timestamp(), "text": text, "data": {}}
    row = {"sender_id": conversation, "type_name": "bot", "timestamp": now.timestamp()}
    with engine.begin() as connection:
        connection.execute(
            sa.insert(events).values(**row, data=json.dumps(reply | {"metadata": {"utter_action": TROUBLE}}))
        )


def erase(engine: Engine, conversation: str) -> None:
    """Delete what a conversation left: its events and the ids of its messages."""
    with engine.begin() as connection:
        connection.execute(sa.delete(events).where(events.c.sender_id == conversation))
        connection.execute(received_messages.delete().where(received_messages.c.conversation == conversation))


def transcript(engine: Engine, conversation: str, clinic_name: str) -> list[str]:
    """Return a conversation's lines for a person to keep."""
    names = {"visitor": "You", "bot": f"{clinic_name} (bot)"}
    return [
        f"[{said.time[:16].replace('T', ' ')} UTC] {names[said.sender]}: {said.text.strip()}\n"
        for said in said_since(engine, conversation, 0)
        if said.text
    ]


def _said(row: Row) -> Said:
    data = json.loads(row.data)
    extra = data.get("data") or {}
    visitor = row.type_name == "user"
    return Said(
        id=row.id,
        sender="visitor" if visitor else "bot",
        text=data.get("text"),
        buttons=[
            {"title": str(b.get("title", "")), "payload": str(b.get("payload", b.get("title", "")))}
            for b in extra.get("buttons") or []
        ],
        image=extra.get("image"),
        custom=extra.get("custom") or None,
        time=datetime.fromtimestamp(row.timestamp, UTC).isoformat(timespec="seconds"),
        message=data.get("message_id") if visitor else None,
    )
