"""The list of conversations."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from clinic.console.conversations import filters, paging, search
from clinic.console.conversations.filters import Filter
from clinic.console.conversations.paging import Found
from clinic.console.pages import page
from clinic.console.views import Asked, view
from clinic.conversation.tables import conversation_topics, conversations, events, takeovers
from clinic.conversation.takeover import ACTIVE

MOST_NEW = 99
THRESHOLDS = ("50", "70", "90")  # percent
SHOWN = "id channel last_at topics lowest_confidence not_understood outcome thumbs_up thumbs_down trouble_at"
# Each value once, by jumps in an index instead of a walk through all rows.
VALUES = """
WITH RECURSIVE found(value) AS (
  SELECT min({column}) FROM {table}
  UNION ALL SELECT (SELECT min({column}) FROM {table} WHERE {column} > found.value) FROM found
  WHERE found.value IS NOT NULL
) SELECT value FROM found WHERE value IS NOT NULL
"""


# A page is read faster than PostgreSQL starts the processes that would help.
ALONE = sa.text("SET LOCAL max_parallel_workers_per_gather = 0")


@view("/conversations", role="viewer", menu="Conversations")
def show(asked: Asked) -> HTTPResponse:
    """Show a page of the conversations that the address asks for, the latest first."""
    wanted = filters.read(asked)
    before, after = asked.argument("before"), asked.argument("after")
    found = lookup(asked.connection, wanted, before, after)
    values: dict[str, Any] = {
        "rows": _rows(asked.connection, found),
        "snippets": search.snippets(asked.connection, wanted, found),
        "channels": _values(asked.connection, conversations.c.channel),
        "topics": _values(asked.connection, conversation_topics.c.topic),
        "fresh": "" if before or after else _fresh(asked.connection, wanted, found),
    }
    values |= {"outcomes": filters.OUTCOMES, "thresholds": THRESHOLDS}
    return page(asked, "conversations/list.html", wanted=wanted, found=found, **values)


@view("/conversations/new", role="viewer")
def new(asked: Asked) -> HTTPResponse:
    """Say how many conversations have gone on or begun since the page was made; asked for again and again."""
    wanted, place = filters.read(asked), asked.argument("after")
    count = (search if wanted["q"] else paging).newer_than(asked.connection, wanted, place, MOST_NEW)
    return page(asked, "conversations/part_new.html", wanted=wanted, count=count, place=place, most=MOST_NEW)


def lookup(
    connection: Connection, wanted: Filter, before: str, after: str = "", size: int = paging.SIZE
) -> Found:
    """Return a page of the list, with or without a search."""
    if connection.dialect.name == "postgresql":
        connection.execute(ALONE)
    return (search if wanted["q"] else paging).find(connection, wanted, before, after, size)


def _rows(connection: Connection, found: Found) -> list[dict[str, Any]]:
    """Return what the list shows of each conversation, with the visitor's latest words."""
    said = (
        sa.select(events.c.data)
        .where(events.c.sender_id == conversations.c.id, events.c.type_name == "user")
        .order_by(events.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    columns = [conversations.c[name] for name in SHOWN.split()]
    query = sa.select(*columns, takeovers.c.name.label("taken_by"), said.label("said"))
    query = query.outerjoin(takeovers, (takeovers.c.conversation == conversations.c.id) & ACTIVE)
    read = connection.execute(query.where(conversations.c.id.in_(found.names))).mappings()
    rows = {row["id"]: dict(row) for row in read}
    for row in rows.values():
        row["topics"] = json.loads(row["topics"])
        row["said"] = (json.loads(row["said"]).get("text") or "") if row["said"] else ""
    return [rows[name] for name in found.names if name in rows]


def _fresh(connection: Connection, wanted: Filter, found: Found) -> str:
    """Return the place of the list's first conversation, after which new ones are looked for."""
    if wanted["q"]:
        return str(next(iter((found.hits or {}).values()), "0"))
    if not found.names:
        return f"{paging.BEGINNING}~"
    query = sa.select(wanted.moment.label("moment"), conversations.c.id)
    return paging.written(connection.execute(query.where(conversations.c.id == found.names[0])).one())


def _values(connection: Connection, column: sa.Column[Any]) -> list[str]:
    """Return the different values of a column that an index begins with."""
    query = VALUES.format(column=column.name, table=column.table.name)
    return list(connection.execute(sa.text(query)).scalars())
