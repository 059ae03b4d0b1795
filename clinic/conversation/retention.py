"""What becomes of conversations that are older than their channel's time: words without the person.

What is kept helps to answer better and belongs to nobody: the words of both sides with names, phone
numbers and e-mail addresses masked, under a name drawn anew. All else goes.
"""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from clinic.conversation import archive, writing
from clinic.conversation.erasure import ERASED, empty_bookings, forget, scrub
from clinic.conversation.masking import masked, personal
from clinic.conversation.tables import conversations, events, retention_runs
from clinic.database import appointments, database, requests
from clinic.learning.tables import reviews
from clinic.settings import environment, now

KEPT = "kept-"  # how the names of conversations begin that belong to nobody any more
HOURS = 6.0  # between two looks
AT_ONCE = 50  # conversations
RUNS_KEPT = timedelta(days=30)
logger = logging.getLogger(__name__)


def enforce(engine: Engine, at: datetime, days: dict[str, int]) -> int:
    """Mask every conversation, and empty every booking, that is older than its channel allows.

    Args:
        engine: The clinic's database.
        at: Now, aware.
        days: By channel; ``*`` stands for every other. A channel without a number keeps for ever.

    Returns:
        The number of conversations that were masked.

    """
    done = 0
    while names := _due(engine, at, days):
        for name in names:
            _mask(engine, name)
        done += len(names)
    if done:
        scrub(engine)
    if "*" in days:
        _forget_clients(engine, at - timedelta(days=days["*"]))
    _note_run(engine, done)
    return done


def _note_run(engine: Engine, masked: int) -> None:
    """Note that this was done, in real time, for the page that shows it."""
    with engine.begin() as connection:
        at = datetime.now(UTC)
        connection.execute(retention_runs.delete().where(retention_runs.c.at < at - RUNS_KEPT))
        connection.execute(retention_runs.insert().values(at=at, masked=masked))


async def enforce_always() -> None:
    """Look again every few hours, as long as the server runs."""
    while True:
        try:
            done = await asyncio.to_thread(enforce, database(), now(), environment().retention_days)
            logger.info("Retention: %d conversations were masked.", done)
        except SQLAlchemyError as error:
            logger.error("Retention waits: %s", type(error).__name__)  # noqa: TRY400 (no words in logs)
        await asyncio.sleep(HOURS * 3600)


def _due(engine: Engine, at: datetime, days: dict[str, int]) -> list[str]:
    channel, last = conversations.c.channel, conversations.c.last_at
    named = [name for name in days if name != "*"]
    old = [(channel == name) & (last < at - timedelta(days=days[name])) for name in named]
    if "*" in days:
        other = channel.is_(None) | channel.not_in(named)
        old.append(other & (last < at - timedelta(days=days["*"])))
    if not old:
        return []
    alive = conversations.c.id.not_like(f"{KEPT}%")
    query = sa.select(conversations.c.id).where(sa.or_(*old) & alive).limit(AT_ONCE)
    with engine.connect() as connection:
        return list(connection.execute(query).scalars())


def _mask(engine: Engine, name: str) -> None:
    """Put a conversation's words, masked, under a new name, and forget the conversation."""
    found = [json.loads(data) for data in archive.everything(engine, name)]
    known = {value for event in found for value in personal(event)}
    kept = [_without_person(event, known) for event in found if event["event"] in {"user", "bot"}]
    with engine.begin() as connection:
        _keep_decided(connection, name)
        if kept:
            _insert(connection, name, f"{KEPT}{uuid.uuid4()}", kept)
        forget(connection, [name])


def _keep_decided(connection: Connection, name: str) -> None:
    """Let what the staff decided about a message stay, with its masked words and nobody's name."""
    decided = (reviews.c.conversation == name) & reviews.c.example.is_not(None)
    nobodys = {"conversation": None, "event_id": None, "note": None, "text": reviews.c.example}
    connection.execute(reviews.update().where(decided).values(nobodys))


def _insert(connection: Connection, old: str, new: str, kept: list[dict[str, Any]]) -> None:
    row = dict(connection.execute(sa.select(conversations).where(conversations.c.id == old)).mappings().one())
    connection.execute(events.insert(), [_row(new, event) for event in kept])
    writing.index(connection, new, 0)
    newest = sa.select(sa.func.max(events.c.id)).where(events.c.sender_id == new)
    last = connection.execute(newest).scalar_one()
    state = {"loads_after": last, "loads_state": "[]", "next_after": last, "next_state": "[]"}
    connection.execute(conversations.insert().values(row | state | {"id": new, "last_event": last}))
    writing.keep_topics(connection, new, json.loads(row["topics"]), row["last_at"])


def _row(name: str, event: dict[str, Any]) -> dict[str, Any]:
    intent = event.get("parse_data", {}).get("intent", {}).get("name")
    return {
        "sender_id": name,
        "type_name": event["event"],
        "timestamp": event["timestamp"],
        "intent_name": intent,
        "data": json.dumps(event),
    }


def _without_person(event: dict[str, Any], known: set[str]) -> dict[str, Any]:
    """Return what was said and what it was about, and nothing else of an event."""
    kept = {
        "event": event["event"],
        "timestamp": event["timestamp"],
        "text": masked(event.get("text") or "", known),
    }
    if event["event"] == "bot":
        return kept | {"metadata": {"utter_action": (event.get("metadata") or {}).get("utter_action")}}
    intent = (event.get("parse_data") or {}).get("intent") or {}
    return kept | {
        "input_channel": event.get("input_channel"),
        "parse_data": {"intent": intent, "entities": []},
    }


def _forget_clients(engine: Engine, before: datetime) -> None:
    """Take the clients out of appointments that are long past, and delete messages to the staff."""
    with engine.begin() as connection:
        past = (appointments.c.ends_at < before) & (appointments.c.client_name != ERASED)
        empty_bookings(connection, past)
        connection.execute(requests.delete().where(requests.c.created_at < before))
