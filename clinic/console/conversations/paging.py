"""Pages of the list, found by keys: a page in the middle of a million costs what the first one costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from clinic.console.conversations.filters import Filter
from clinic.console.conversations.leading import beside, lead
from clinic.console.refused import Refused
from clinic.conversation.tables import conversation_topics, conversations
from clinic.database import UtcDateTime

SIZE = 50
BEGINNING = "0001-01-01T00:00:00"  # before every moment
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Found:
    """A page of conversations.

    Attributes:
        names: In the list's order.
        newer: Where the page before this one ends, or "" for none.
        older: Where the next page begins, or "" for none.
        hits: With a search, the number of the newest event that was found, by conversation.
        full: Whether the page ends because it is full; a search also pauses where it has looked long enough.

    """

    names: list[str]
    newer: str = ""
    older: str = ""
    hits: dict[str, int] | None = None
    full: bool = True


def find(connection: Connection, wanted: Filter, before: str, after: str, size: int = SIZE) -> Found:
    """Return a page of the list without a search.

    Args:
        connection: A transaction.
        wanted: The filter.
        before: A key as ``Found.older`` has it: the page after it; or "".
        after: A key as ``Found.newer`` has it: the page before it; or "".
        size: Conversations on a page.

    """
    back, led_by = bool(after), lead(connection, wanted)
    asked = query(wanted, led_by, read_key(after or before), back=back, size=size + 1)
    rows = connection.execute(asked).all()
    more, rows = len(rows) > size, rows[:size]
    if back:
        rows.reverse()
    first, last = (written(rows[0]), written(rows[-1])) if rows else ("", "")
    newer = first if (more if back else before) else ""
    return Found([row.id for row in rows], newer, last if more or back else "")


def query(wanted: Filter, led_by: str, key: Key | None, *, back: bool = False, size: int = SIZE) -> Any:
    """Return SQL for the (moment, id) of a page's conversations.

    Args:
        wanted: The filter.
        led_by: The condition that leads (clinic/console/conversations/leading.py).
        key: Where the page begins; None for the list's beginning.
        back: The page before the key.
        size: Conversations at most.

    """
    moment, name, tables = wanted.moment, conversations.c.id, conversations
    if led_by == "topic":
        moment = wanted.moment if wanted["by"] else conversation_topics.c.last_at
        name, tables = conversation_topics.c.conversation, conversation_topics
    conditions = wanted.conditions(moment)
    if led_by == "topic":
        conditions["topic"] = conversation_topics.c.topic == wanted["topic"]
        if wanted["by"] or conditions.keys() - {"topic", "from", "to"}:
            tables = tables.join(conversations, conversations.c.id == name)
    # A key lies within the days, and takes the place of the bound that it is nearer to.
    leads = {led_by, "from", "to"} - ({"from" if back else "to"} if key else set())
    by = moment
    if led_by == "taken" or (led_by and wanted["by"]):  # few, which are sorted
        leads, by = {led_by}, beside(moment)
    where = [one if each in leads else beside(one) for each, one in conditions.items()]
    if key:
        place, here = sa.tuple_(by, name), sa.tuple_(sa.literal(key[0], UtcDateTime), sa.literal(key[1]))
        where.append(place > here if back else place < here)
    order = (by.asc(), name.asc()) if back else (by.desc(), name.desc())
    columns = sa.select(moment.label("moment"), name.label("id")).select_from(tables)
    return columns.where(*where).order_by(*order).limit(size)


def newer_than(connection: Connection, wanted: Filter, key: str, most: int) -> int:
    """Return how many conversations stand before a place in the list, ``most`` at most."""
    found = query(wanted, lead(connection, wanted), read_key(key), back=True, size=most).subquery()
    return int(connection.execute(sa.select(sa.func.count()).select_from(found)).scalar_one())


def written(row: Any) -> str:
    """Return a row's place in the list."""
    return f"{row.moment.astimezone(UTC).replace(tzinfo=None).isoformat()}~{row.id}"


def read_key(text: str) -> Key | None:
    """Return a place in the list. Raises Refused (400)."""
    if not text:
        return None
    moment, _, name = text.partition("~")
    try:
        return datetime.fromisoformat(moment).replace(tzinfo=UTC), name
    except ValueError:
        raise Refused(400) from None
