"""Finds the messages that are worth a look, from the events and the thumbs; visitors wait for none of it.

Looking again finds nothing new: each message has one row. The last minute is looked at again each time, as a
transaction that got its numbers first may end last.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import SQLAlchemyError

from clinic.conversation.tables import events
from clinic.database import database, feedback
from clinic.learning.reading import Reading, reading_of
from clinic.learning.tables import review_progress, reviews

# Each with how useful it is to look at such a message.
REASONS = {
    "thumbs down": 50,
    "asked back": 40,
    "apology": 30,
    "taken over": 30,
    "not sure": 20,
    "off topic": 10,
}
UNANSWERED = ("asked back", "apology", "off topic")  # the visitor got no answer
REPLIES = {"utter_not_sure": "asked back", "utter_lost": "asked back", "utter_system_trouble": "apology"}
OFF_TOPIC = "out_of_scope"
NOT_SURE = 0.7  # a topic less sure than that may be the wrong one; below about 0.6 the assistant asks back
SPOKEN = ("user", "bot", "agent")
NOBODYS = "kept-%"  # conversations that retention has masked: what was worth a look in them is kept already
SETTLED = timedelta(minutes=1)
AT_ONCE = 2000  # events
PAUSE_SECONDS = 5.0
Found = dict[int, set[str]]  # the event of a visitor's message, and why it is worth a look
logger = logging.getLogger(__name__)
_columns = (events.c.id, events.c.sender_id, events.c.type_name, events.c.timestamp, events.c.data)


async def keep_up() -> None:
    """Look again every few seconds, as long as the console runs."""
    while True:
        try:
            while await asyncio.to_thread(_catch_up_alone) >= AT_ONCE:
                pass
        except SQLAlchemyError as error:
            logger.error("The review queue waits: %s", type(error).__name__)  # noqa: TRY400 (no words in logs)
        await asyncio.sleep(PAUSE_SECONDS)


def _catch_up_alone() -> int:
    with database().begin() as connection:
        return catch_up(connection, datetime.now(UTC))


def catch_up(connection: Connection, at: datetime) -> int:
    """Bring the table of reviews up to date with what happened; return how many events were looked at.

    Args:
        connection: A transaction.
        at: The real time, by which events are dated.

    """
    progress = connection.execute(sa.select(review_progress)).one()
    rows = _events_after(connection, progress.events_until)
    thumbs = _thumbs_since(connection, progress.thumbs_until)
    if not rows and not thumbs:
        return 0
    # Whoever changes the row first goes first, on every database.
    connection.execute(review_progress.update().values(events_until=progress.events_until))
    found = _found(connection, rows)
    for thumb in thumbs:
        _note(found, _message_before(connection, thumb.conversation, thumb.event_id), "thumbs down")
    _store(connection, found)
    _remember(connection, rows, thumbs, at)
    return len(rows)


def _events_after(connection: Connection, number: int) -> list[Row]:
    spoken = events.c.type_name.in_(SPOKEN) & events.c.sender_id.not_like(NOBODYS)
    query = sa.select(*_columns).where(events.c.id > number, spoken).order_by(events.c.id).limit(AT_ONCE)
    return list(connection.execute(query).all())


def _thumbs_since(connection: Connection, moment: datetime) -> list[Row]:
    query = sa.select(feedback).where(feedback.c.helpful.is_(False), feedback.c.given_at >= moment)
    return list(connection.execute(query).all())


def _found(connection: Connection, rows: Iterable[Row]) -> Found:
    """Return the messages worth a look that these events tell of."""
    found: Found = defaultdict(set)
    for row in rows:
        data = json.loads(row.data)
        if row.type_name == "user":
            if reason := _doubt(reading_of(data)):
                _note(found, row.id, reason)
        elif reason := _failing(row.type_name, data):
            _note(found, _message_before(connection, row.sender_id, row.id), reason)
    return found


def _doubt(reading: Reading) -> str | None:
    """Return why a message's own reading makes it worth a look."""
    if reading.intent == OFF_TOPIC:
        return "off topic"
    return "not sure" if reading.was_answered and reading.confidence < NOT_SURE else None


def _failing(kind: str, data: dict[str, Any]) -> str | None:
    """Return why the message before a reply is worth a look."""
    if kind == "bot":
        return REPLIES.get(str((data.get("metadata") or {}).get("utter_action")))
    custom = (data.get("data") or {}).get("custom") or {}
    return "taken over" if custom.get("state") == "joined" else None


def _note(found: Found, event: int | None, reason: str) -> None:
    if event is not None:
        found[event].add(reason)


def _message_before(connection: Connection, conversation: str, event: int) -> int | None:
    query = sa.select(sa.func.max(events.c.id)).where(
        events.c.sender_id == conversation, events.c.type_name == "user", events.c.id < event
    )
    return connection.execute(query).scalar()


def _store(connection: Connection, found: Found) -> None:
    """Add what was found to the reviews, or to the reasons of those that are there."""
    known = {row.event_id: row for row in connection.execute(_reviews_of(found)).all()}
    for row in connection.execute(sa.select(*_columns).where(events.c.id.in_(found))).all():
        reasons = found[row.id]
        if row.id in known:
            _add_reasons(connection, known[row.id], reasons)
        elif not _answers_a_form(connection, row):
            _add(connection, row, reasons)


def _reviews_of(found: Found) -> sa.sql.Select:
    return sa.select(reviews.c.id, reviews.c.event_id, reviews.c.reasons).where(reviews.c.event_id.in_(found))


def _add(connection: Connection, row: Row, reasons: set[str]) -> None:
    data = json.loads(row.data)
    text, reading = str(data.get("text") or "").strip(), reading_of(data)
    if not text or text.startswith("/"):  # a button's command
        return
    connection.execute(
        reviews.insert().values(
            conversation=row.sender_id,
            event_id=row.id,
            said_at=datetime.fromtimestamp(row.timestamp, UTC),
            text=text,
            topic=reading.topic,
            confidence=reading.confidence,
            runner_up=reading.runner_up,
            state="open",
            tags="",
            **_because(reasons),
        )
    )


def _add_reasons(connection: Connection, review: Row, reasons: set[str]) -> None:
    before = set(review.reasons.split(", "))
    if not reasons <= before:
        because = _because(reasons | before)
        connection.execute(reviews.update().where(reviews.c.id == review.id).values(because))


def _because(reasons: set[str]) -> dict[str, Any]:
    named = [reason for reason in REASONS if reason in reasons]
    return {"reasons": ", ".join(named), "weight": sum(REASONS[reason] for reason in named)}


def _answers_a_form(connection: Connection, row: Row) -> bool:
    """Say whether a form had asked for something: the message may be a name or a number."""
    before = (events.c.sender_id == row.sender_id) & (events.c.id < row.id)
    query = sa.select(events.c.data).where(before, events.c.type_name == "active_loop")
    latest = connection.execute(query.order_by(events.c.id.desc()).limit(1)).scalar()
    return latest is not None and bool(json.loads(latest).get("name"))


def _remember(connection: Connection, rows: list[Row], thumbs: list[Row], at: datetime) -> None:
    settled = [row.id for row in rows if row.timestamp <= (at - SETTLED).timestamp()]
    changes: dict[str, Any] = {"events_until": max(settled)} if settled else {}
    if thumbs:
        changes["thumbs_until"] = max(thumb.given_at for thumb in thumbs)
    if changes:
        connection.execute(review_progress.update().values(changes))
