"""The statements that read one conversation."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from clinic.console.conversations.entries import Entry, entries
from clinic.conversation.tables import conversations, events
from clinic.database import appointments, feedback, metadata

LATEST = 150  # events that open at once, and that are added with each step back
EVENT = (events.c.id, events.c.type_name, events.c.timestamp, events.c.data)
INNER = {"loads_after", "loads_state", "next_after", "next_state", "next_turn"}
Shown = tuple[Entry, str, list[str]]  # a line, the thumb under it, and what became of its delivery


def row_of(connection: Connection, name: str) -> dict[str, Any] | None:
    """Return a conversation's row, or None."""
    columns = [column for column in conversations.columns if column.name not in INNER]
    row = connection.execute(sa.select(*columns).where(conversations.c.id == name)).mappings().first()
    return {**row, "topics": json.loads(row["topics"])} if row else None


def latest(connection: Connection, name: str, before: int | None = None) -> tuple[list[Shown], int]:
    """Return the last lines before an event, and where those before them end (0: there are none)."""
    query = sa.select(*EVENT).where(events.c.sender_id == name).order_by(events.c.id.desc())
    if before is not None:
        query = query.where(events.c.id < before)
    rows = connection.execute(query.limit(LATEST + 1)).all()
    more, rows = len(rows) > LATEST, rows[:LATEST]
    rows.reverse()
    return _shown(connection, name, rows), rows[0].id if more else 0


def since(connection: Connection, name: str, after: int) -> tuple[list[Shown], int]:
    """Return the lines that have come after an event, and the number of the newest event."""
    query = sa.select(*EVENT).where(events.c.sender_id == name, events.c.id > after)
    rows = connection.execute(query.order_by(events.c.id).limit(LATEST)).all()
    return _shown(connection, name, list(rows)), rows[-1].id if rows else after


def newest(connection: Connection, name: str) -> int:
    """Return the number of a conversation's newest event, 0 where there is none."""
    query = sa.select(sa.func.max(events.c.id)).where(events.c.sender_id == name)
    return connection.execute(query).scalar() or 0


def bookings(connection: Connection, name: str) -> list[Row]:
    """Return the appointments that came of a conversation."""
    query = sa.select(appointments).where(appointments.c.conversation == name)
    return list(connection.execute(query.order_by(appointments.c.starts_at)).all())


def _shown(connection: Connection, name: str, rows: list[Row]) -> list[Shown]:
    if not rows:
        return []
    first, last = rows[0].id, rows[-1].id
    thumbs, sent = _thumbs(connection, name, first, last), _deliveries(connection, name, first, last)
    return [(entry, thumbs.get(entry.id, ""), sent.get(entry.id, [])) for entry in entries(rows)]


def _thumbs(connection: Connection, name: str, first: int, last: int) -> dict[int, str]:
    theirs = (feedback.c.conversation == name) & feedback.c.event_id.between(first, last)
    rows = connection.execute(sa.select(feedback.c.event_id, feedback.c.helpful).where(theirs))
    return {row.event_id: "helpful" if row.helpful else "not helpful" for row in rows}


def _deliveries(connection: Connection, name: str, first: int, last: int) -> dict[int, list[str]]:
    """Return what became of each message to a messaging platform, where there are any."""
    table = metadata.tables.get("deliveries")
    if table is None:
        return {}
    theirs = (table.c.conversation == name) & table.c.event_id.between(first, last)
    found: dict[int, list[str]] = {}
    for row in connection.execute(sa.select(table).where(theirs).order_by(table.c.event_id, table.c.part)):
        words = f"{row.channel}: {row.state}" + (f" ({row.trouble})" if row.trouble else "")
        found.setdefault(row.event_id, []).append(words)
    return found
