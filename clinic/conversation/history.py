"""What visitors, the assistant and the staff said, read from the events in the database.

Staff speak in Rasa's own ``agent`` events; those of their comings and goings hold
``{"custom": {"type": "presence", "state": "waiting" | "joined" | "left"}}`` and no text. Whoever
writes one (see ``clinic.conversation.presence``) needs to do no more: open streams follow the table.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from clinic.conversation.tables import events
from clinic.conversation.trouble import TROUBLE
from clinic.database import feedback

SENDERS = {"user": "visitor", "bot": "bot", "agent": "staff"}
PRESENCE = "presence"
_end_of_turn = sa.and_(events.c.type_name == "action", events.c.action_name == "action_listen")


@dataclass(frozen=True)
class Said:
    """One message of a conversation, in the widget protocol's shape.

    Attributes:
        id: Number of the event; grows with time.
        sender: ``visitor``, ``bot`` or ``staff``.
        text: Words, or None.
        buttons: Quick replies, each with title and payload.
        image: Address of a picture, or None.
        attachment: Rasa's attachment (an address, or type and payload), or None.
        custom: Anything else that a response holds, or None.
        time: ISO time in UTC.
        message: The id that the visitor's browser gave its message, or None.
        name: Who of the staff, or None.
        answer: Whether it answers a question, so that a thumb makes sense.
        feedback: The visitor's thumb under it: ``up``, ``down`` or None.

    """

    id: int
    sender: str
    text: str | None
    buttons: list[dict[str, str]]
    image: str | None
    attachment: Any
    custom: dict[str, Any] | None
    time: str
    message: str | None = None
    name: str | None = None
    answer: bool = False
    feedback: str | None = None
    trouble: bool = False

    @property
    def presence(self) -> str | None:
        """Return ``waiting``, ``joined`` or ``left`` for a coming or going of the staff."""
        custom = self.custom if isinstance(self.custom, dict) and self.sender == "staff" else {}
        return str(custom.get("state")) if custom.get("type") == PRESENCE else None

    def as_event(self) -> dict[str, Any]:
        """Return the JSON object of the widget's protocol."""
        content = asdict(self)
        content.pop("trouble")
        return {"id": content.pop("id"), "from": content.pop("sender"), **content}


@dataclass(frozen=True)
class TurnOver:
    """The assistant has finished with a visitor's message."""

    message: str


def happened_since(engine: Engine, conversation: str, after: int) -> list[Said | TurnOver]:
    """Return what was said, and which turns ended, after an event, oldest first."""
    query = (
        sa.select(events.c.id, events.c.type_name, events.c.timestamp, events.c.data, feedback.c.helpful)
        .select_from(
            events.outerjoin(
                feedback,
                sa.and_(feedback.c.conversation == events.c.sender_id, feedback.c.event_id == events.c.id),
            )
        )
        .where(
            events.c.sender_id == conversation,
            events.c.id > after,
            sa.or_(events.c.type_name.in_(SENDERS), _end_of_turn),
        )
        .order_by(events.c.id)
    )
    with engine.connect() as connection:
        rows = connection.execute(query).all()
        open_turn = _open_turn(connection, conversation, after) if after else None
    return _with_turns(rows, open_turn)


def said_since(engine: Engine, conversation: str, after: int) -> list[Said]:
    """Return what was said in a conversation after an event, oldest first."""
    return [item for item in happened_since(engine, conversation, after) if isinstance(item, Said)]


def said_of(engine: Engine, conversation: str, event_id: int) -> Said | None:
    """Return what one event of a conversation says, or None where it says nothing or is another's."""
    with engine.connect() as connection:
        return _newest(connection, conversation, events.c.type_name.in_(SENDERS) & (events.c.id == event_id))


def since_last_word(engine: Engine, conversation: str) -> list[Said]:
    """Return what the visitor has been told since they last said something, oldest first."""
    word = (events.c.sender_id == conversation) & (events.c.type_name == "user")
    with engine.connect() as connection:
        last = connection.execute(sa.select(sa.func.max(events.c.id)).where(word)).scalar() or 0
    return [said for said in said_since(engine, conversation, last) if said.sender != "visitor"]


def last_event(engine: Engine, conversation: str) -> int:
    """Return the number of a conversation's newest event, 0 when there is none."""
    query = sa.select(sa.func.max(events.c.id)).where(events.c.sender_id == conversation)
    with engine.connect() as connection:
        return connection.execute(query).scalar() or 0


def is_unanswered(engine: Engine, conversation: str) -> bool:
    """Say whether the visitor had the last word, and no person is there or on the way to answer."""
    spoken = events.c.type_name.in_(("user", "bot")) | (
        (events.c.type_name == "agent") & ~events.c.data.contains(f'"{PRESENCE}"')
    )
    comings = (events.c.type_name == "agent") & events.c.data.contains(f'"{PRESENCE}"')
    with engine.connect() as connection:
        last_word = _newest(connection, conversation, spoken)
        person = _newest(connection, conversation, comings)
    with_person = person is not None and person.presence in {"waiting", "joined"}
    return not with_person and (last_word is None or last_word.sender == "visitor")


def add_reply(engine: Engine, conversation: str, text: str, now: datetime) -> None:
    """Add a reply that Rasa did not make, such as the apology for its silence."""
    reply = {"event": "bot", "timestamp": now.timestamp(), "text": text, "data": {}}
    add_event(engine, conversation, reply | {"metadata": {"utter_action": TROUBLE}})


def add_event(engine: Engine, conversation: str, event: dict[str, Any]) -> int:
    """Append one of Rasa's events, given as its dictionary, and return its number."""
    with engine.begin() as connection:
        return insert_event(connection, conversation, event)


def insert_event(connection: Connection, conversation: str, event: dict[str, Any]) -> int:
    """Append an event within a transaction, and return its number."""
    row = {"sender_id": conversation, "type_name": event["event"], "timestamp": event["timestamp"]}
    statement = sa.insert(events).values(**row, data=json.dumps(event))
    if connection.dialect.name == "postgresql":
        return int(connection.execute(statement.returning(events.c.id)).scalar_one())
    return int(connection.execute(statement).lastrowid)


def transcript(engine: Engine, conversation: str, clinic_name: str) -> list[str]:
    """Return a conversation's lines for a person to keep."""
    return [
        f"[{said.time[:16].replace('T', ' ')} UTC] {_speaker(said, clinic_name)}: {said.text.strip()}\n"
        for said in said_since(engine, conversation, 0)
        if said.text
    ]


def _newest(connection: Any, conversation: str, condition: Any) -> Said | None:
    """Return the newest of a conversation's messages that meet a condition."""
    query = (
        sa.select(
            events.c.id, events.c.type_name, events.c.timestamp, events.c.data, sa.null().label("helpful")
        )
        .where(events.c.sender_id == conversation, condition)
        .order_by(events.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return _said(row) if row else None


def _speaker(said: Said, clinic_name: str) -> str:
    if said.sender == "visitor":
        return "You"
    return f"{clinic_name} (bot)" if said.sender == "bot" else f"{said.name or 'Staff'} ({clinic_name})"


def _with_turns(rows: list[Row], open_turn: str | None) -> list[Said | TurnOver]:
    """Put the end of a visitor's turn where Rasa began to listen again, or an apology ended it."""
    found: list[Said | TurnOver] = []
    for row in rows:
        said = None if row.type_name == "action" else _said(row)
        if said:
            found.append(said)
            open_turn = said.message or open_turn
        if open_turn and (said is None or said.trouble):
            found.append(TurnOver(open_turn))
            open_turn = None
    return found


def _open_turn(connection: Any, conversation: str, until: int) -> str | None:
    """Return the id of the visitor's last message up to an event, unless its turn is over."""
    query = (
        sa.select(events.c.type_name, events.c.data)
        .where(
            events.c.sender_id == conversation,
            events.c.id <= until,
            sa.or_(events.c.type_name == "user", _end_of_turn),
        )
        .order_by(events.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return json.loads(row.data).get("message_id") if row and row.type_name == "user" else None


def _said(row: Row) -> Said:
    data = json.loads(row.data)
    extra = data.get("data") or {}
    metadata = data.get("metadata") or {}
    utterance = str(metadata.get("utter_action") or "")
    return Said(
        id=row.id,
        sender=SENDERS[row.type_name],
        text=data.get("text"),
        buttons=[
            {"title": str(b.get("title", "")), "payload": str(b.get("payload", b.get("title", "")))}
            for b in extra.get("buttons") or []
        ],
        image=extra.get("image"),
        attachment=extra.get("attachment"),
        custom=extra.get("custom") or None,
        time=datetime.fromtimestamp(row.timestamp, UTC).isoformat(timespec="seconds"),
        message=data.get("message_id") if row.type_name == "user" else None,
        name=metadata.get("name") if row.type_name == "agent" else None,
        answer=row.type_name == "bot" and "/" in utterance,
        feedback=None if row.helpful is None else "up" if row.helpful else "down",
        trouble=utterance == TROUBLE,
    )
