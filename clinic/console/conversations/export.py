"""Export of exactly what is filtered, streamed: CSV with a row a conversation, JSON with a line a message."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from clinic.console.audit import record
from clinic.console.conversations import filters
from clinic.console.conversations.entries import SAID
from clinic.console.conversations.filters import Filter
from clinic.console.conversations.listing import lookup
from clinic.console.views import Asked, view
from clinic.conversation.tables import conversations, events
from clinic.database import database

AT_ONCE = 500  # conversations
MESSAGES_AT_ONCE = 2000
COLUMNS = (
    *("id", "channel", "started_at", "last_at", "visitor_messages", "bot_messages", "topics"),
    *("lowest_confidence", "not_understood", "outcome", "booked", "thumbs_up", "thumbs_down", "trouble_at"),
)
SHOWN = [conversations.c[name] for name in COLUMNS]
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet would run


@view("/conversations/export.csv", role="manager")
async def as_csv(asked: Asked) -> Any:
    """Send a row for each conversation; times are ISO in UTC."""
    return await _send(asked, "csv", "text/csv; charset=utf-8", csv_parts)


@view("/conversations/export.jsonl", role="manager")
async def as_json_lines(asked: Asked) -> Any:
    """Send a JSON object for each message, in the conversations' order."""
    return await _send(asked, "jsonl", "application/x-ndjson", json_parts)


async def _send(asked: Asked, kind: str, content_type: str, parts: Callable[[Filter], Iterator[str]]) -> Any:
    wanted = filters.read(asked)
    await asyncio.to_thread(_record, asked, kind, wanted)
    name = f"conversations-{datetime.now(UTC):%Y-%m-%d}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    response = await asked.request.respond(content_type=content_type, headers=headers)
    stream = parts(wanted)
    while (part := await asyncio.to_thread(next, stream, None)) is not None:
        await response.send(part)


def _record(asked: Asked, kind: str, wanted: Filter) -> None:
    """Note who exported what; the words that were searched for may be a person's name and are not noted."""
    by = ", ".join(f"{name} {value}" if name != "q" else "words" for name, value in wanted.values.items())
    with database().begin() as connection:
        record(connection, asked.me, "exported conversations", f"{kind} filtered by {by or 'nothing'}")


def csv_parts(wanted: Filter) -> Iterator[str]:
    """Yield the file in parts."""
    yield _csv([COLUMNS])
    for names in _names(wanted):
        with database().connect() as connection:
            read = connection.execute(sa.select(*SHOWN).where(conversations.c.id.in_(names)))
            rows = {row.id: [cell(row[name]) for name in COLUMNS] for row in read}
        yield _csv([rows[name] for name in names if name in rows])


def json_parts(wanted: Filter) -> Iterator[str]:
    """Yield the file in parts."""
    for names in _names(wanted):
        for name in names:
            yield from _messages(name)


def cell(value: Any) -> str:
    """Return a value as a spreadsheet shows it, and does not run it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _names(wanted: Filter) -> Iterator[list[str]]:
    """Yield the names of the conversations of the list, page by page."""
    before, more = "", True
    while more:
        with database().connect() as connection:
            found = lookup(connection, wanted, before, size=AT_ONCE)
        before, more = found.older, bool(found.older)
        if found.names:
            yield found.names


def _messages(name: str) -> Iterator[str]:
    last = 0
    while True:
        query = sa.select(events.c.id, events.c.type_name, events.c.timestamp, events.c.data).where(
            events.c.sender_id == name, events.c.id > last, events.c.type_name.in_(SAID)
        )
        with database().connect() as connection:
            rows = connection.execute(query.order_by(events.c.id).limit(MESSAGES_AT_ONCE)).all()
        if rows:
            yield "".join(_line(name, row) for row in rows)
            last = rows[-1].id
        if len(rows) < MESSAGES_AT_ONCE:
            return


def _line(name: str, row: Any) -> str:
    data = json.loads(row.data)
    intent = (data.get("parse_data") or {}).get("intent") or {}
    said = {
        "conversation": name,
        "id": row.id,
        "time": datetime.fromtimestamp(row.timestamp or 0, UTC).isoformat(timespec="seconds"),
        "from": SAID[row.type_name],
        "text": data.get("text"),
        "topic": intent.get("full_retrieval_intent_name") or intent.get("name"),
        "confidence": intent.get("confidence"),
    }
    return json.dumps(said, ensure_ascii=False) + "\n"


def _csv(rows: list[Any]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
