"""The statements that read and extend conversations.

``append`` is the only writer of a turn. Its first statement takes the conversation's row, so that
two writers of one conversation follow one another and a later event has a larger number.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from rasa.shared.core.events import BotUttered, Event, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.engine import Connection, Engine

from clinic.conversation import inbox, takeover, window, writing
from clinic.conversation.prepared import Prepared
from clinic.conversation.storable import row_of, storable
from clinic.conversation.summary import Summary
from clinic.conversation.tables import conversations, events
from clinic.conversation.takeover import TakenOver
from clinic.database import UtcDateTime

STATE = Prepared(
    sa.select(
        conversations.c.loads_after,
        conversations.c.loads_state,
        conversations.c.last_event,
        takeover.IS_TAKEN.exists().label("taken"),
    ).where(conversations.c.id == sa.bindparam("name"))
)
SESSION = Prepared(
    sa.select(sa.func.max(events.c.id)).where(
        events.c.sender_id == sa.bindparam("name"), events.c.type_name == SessionStarted.type_name
    )
)
SINCE = Prepared(
    sa.select(events.c.data)
    .where(events.c.sender_id == sa.bindparam("name"), events.c.id > sa.bindparam("after"))
    .order_by(events.c.id)
)
# Written out: an upsert of SQLAlchemy is of one kind of database. Where the row is, it is taken.
RETURNED = ", ".join(conversations.columns.keys())
UPSERT = sa.text(
    "INSERT INTO conversations (id, started_at, last_at, visitor_messages, bot_messages, topics, "  # noqa: S608
    "not_understood, outcome, booked, thumbs_up, thumbs_down, last_event, turns, "
    "loads_after, loads_state, next_after, next_state, next_turn) "
    "VALUES (:name, :at, :at, 0, 0, '[]', 0, 'opened', :no, 0, 0, 0, 0, 0, '[]', 0, '[]', 0) "
    # What changes here is in no index: they are all kept once a turn, by CHANGE_ROW.
    f"ON CONFLICT (id) DO UPDATE SET turns = conversations.turns RETURNING {RETURNED}"
)
UPSERT = UPSERT.bindparams(sa.bindparam("at", type_=UtcDateTime), sa.bindparam("no", False))
TAKE_ROW = Prepared(UPSERT.columns(*conversations.columns))
# Asked for when the row is taken, and so what others have written before is seen.
STANDING = Prepared(
    sa.select(
        takeover.IS_TAKEN.exists().label("taken"),
        takeover.IS_BACK.exists().label("back"),
        inbox.TAKEN_IN.exists().label("received"),
    )
)
KEPT = ("sender_id", "type_name", "timestamp", "intent_name", "action_name", "data")  # of an event
AT_ONCE = 100  # events that one statement adds
CHANGING = [column.name for column in conversations.columns if column.name not in {"id", "started_at"}]
CHANGE_ROW = Prepared(
    conversations.update()
    .where(conversations.c.id == sa.bindparam("name"))
    .values({name: sa.bindparam(f"new_{name}") for name in CHANGING})
)


@dataclass(frozen=True)
class Place:
    """What is loaded of a conversation: the events after one of them, up to another (events.id)."""

    after: int
    last: int


NOTHING = Place(0, 0)


@dataclass(frozen=True)
class Recent:
    """What makes the tracker of the current session.

    Attributes:
        events: The state at a mark and the events since, as JSON, oldest first; None where the place is
            the known one: nothing has happened meanwhile.
        place: Which they are; None where only Rasa's own store knew it.
        taken: Whether a person of the clinic has the conversation.

    """

    events: list[str] | None
    place: Place | None
    taken: bool


def recent(engine: Engine, name: str, known: Place | None = None) -> Recent:
    """Return what makes the tracker of the current session, where that is more than is known."""
    with engine.connect() as connection:
        row = STATE.run(connection, {"name": name}).one_or_none()
        if row is None:  # kept by Rasa's own store before this one
            start = SESSION.run(connection, {"name": name}).scalar() or 1
            return Recent(_since(connection, name, start - 1), None, False)
        place = Place(row.loads_after, row.last_event)
        if place == known:
            return Recent(None, place, bool(row.taken))
        state = [json.dumps(event) for event in json.loads(row.loads_state)]
        return Recent([*state, *_since(connection, name, row.loads_after)], place, bool(row.taken))


def everything(engine: Engine, name: str) -> list[str]:
    """Return all events of a conversation, as JSON, oldest first."""
    with engine.connect() as connection:
        return _since(connection, name, 0)


def latest(engine: Engine, name: str) -> float:
    """Return the time of a conversation's latest event, in seconds since 1970; 0 when it has none."""
    query = sa.select(sa.func.max(events.c.timestamp)).where(events.c.sender_id == name)
    with engine.connect() as connection:
        return float(connection.execute(query).scalar() or 0)


def names(engine: Engine) -> list[str]:
    """Return the names of all conversations."""
    with engine.connect() as connection:
        return list(connection.execute(sa.select(events.c.sender_id).distinct()).scalars())


def append(
    engine: Engine, tracker: DialogueStateTracker, new: Sequence[Event], known: Place | None = None
) -> Place | None:
    """Add a turn's events, bring the conversation's row and the index up to date: all or nothing.

    Args:
        engine: The clinic's database.
        tracker: The conversation as it is now.
        new: Its events that are not in the database.
        known: What the tracker held before them.

    Returns:
        What ``recent`` would return now, where the tracker holds all of it; None where it does not,
        as somebody else has written meanwhile, or holds a session that is over.

    Raises:
        AlreadyAnswered: the turn's message has been answered meanwhile, by another process.
        TakenOver: the assistant has spoken, and a person of the clinic has taken over.

    """
    name = tracker.sender_id
    with engine.begin() as connection:
        row = _take_row(connection, name, new[0])
        before, place = json.loads(row["topics"]), Place(row["loads_after"], row["last_event"])
        _make_way_for_others(connection, name, new)
        last = _added(connection, [row_of(name, event) for event in new])
        writing.index(connection, name, row["last_event"])
        row["last_event"] = last
        row["turns"] += any(isinstance(event, UserUttered) for event in new)
        row |= _summarised(row, new)
        row |= window.moved(row, tracker, row["last_event"])
        starts = any(isinstance(event, SessionStarted) for event in new)
        if starts:
            row |= window.begun(row, SESSION.run(connection, {"name": name}).scalar_one())
        changes = {f"new_{column}": row[column] for column in CHANGING}
        CHANGE_ROW.run(connection, {"name": name, **changes})
        come_up = [topic for topic in json.loads(row["topics"]) if topic not in before]
        writing.keep_topics(connection, name, come_up, row["last_at"])
        whole = place == known and (place == NOTHING or not starts)
    return Place(row["loads_after"], row["last_event"]) if whole else None


def _make_way_for_others(connection: Connection, name: str, new: Sequence[Event]) -> None:
    """Let no word of the assistant in while a person answers, and no second answer to a message.

    Any turn ends the wait after a hand-back.

    Raises:
        AlreadyAnswered: the turn's message has been answered meanwhile.
        TakenOver: a person has taken the conversation over while the assistant was thinking.

    """
    messages = [event.message_id or "" for event in new if isinstance(event, UserUttered)]
    for message in map(storable, messages or [""]):
        standing = STANDING.run(connection, {"name": name, "of": name, "known": message}).one()
        if standing.taken and any(isinstance(event, BotUttered) for event in new):
            raise TakenOver
        if standing.back:
            takeover.resumed(connection, name)
        if standing.received:  # a message of the rest channel is not
            inbox.mark_answered(connection, name, message)


def _added(connection: Connection, rows: Sequence[dict[str, Any]]) -> int:
    """Add events and return the number of the last one."""
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        values = {f"{name}_{number}": row[name] for number, row in enumerate(some) for name in KEPT}
        added = _add(len(some), connection.dialect.name).run(connection, values)
        last = max(added.scalars()) if added.returns_rows else added.lastrowid
    return last


@cache
def _add(count: int, dialect: str) -> Prepared:
    """Return what adds so many events: on PostgreSQL each statement is a message there and back.

    SQLite tells the last one's number by itself; of rows that are returned, each is waited for.
    """
    values = ", ".join(f"({', '.join(f':{name}_{number}' for name in KEPT)})" for number in range(count))
    statement = f"INSERT INTO events ({', '.join(KEPT)}) VALUES {values}"  # noqa: S608
    if dialect == "sqlite":
        return Prepared(sa.text(statement))
    return Prepared(sa.text(f"{statement} RETURNING id").columns(events.c.id))


def _since(connection: Connection, name: str, after: int) -> list[str]:
    return list(SINCE.run(connection, {"name": name, "after": after}).scalars())


def _take_row(connection: Connection, name: str, first: Event) -> dict[str, Any]:
    """Return the conversation's row, made where it is missing, and keep other writers of it away."""
    at = datetime.fromtimestamp(first.timestamp, UTC)
    return dict(TAKE_ROW.run(connection, {"name": name, "at": at}).mappings().one())


def _summarised(row: dict[str, Any], new: Sequence[Event]) -> dict[str, Any]:
    """Return the counted columns after these events."""
    counted = {name: row[name] for name in Summary.__dataclass_fields__}
    counted["topics"] = tuple(json.loads(row["topics"]))
    summary = Summary(**counted)
    summary.add(new)
    return {**summary.__dict__, "topics": json.dumps(summary.topics)}
