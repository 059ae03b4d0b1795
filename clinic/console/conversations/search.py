"""Full-text search: the newest words first, and each conversation once, at its newest.

The index is read in batches from a place on, so that a common word costs no more than a rare one, a
deep page no more than the first, and a filter that leaves little over only so much at a time.
"""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from clinic.console.conversations.filters import Filter
from clinic.console.conversations.leading import beside
from clinic.console.conversations.paging import SIZE, Found
from clinic.console.refused import Refused
from clinic.conversation.tables import conversations

LOOKS = (300, 900)  # messages: what one page looks at, and then once more where a filter leaves little
BEGIN, END = "\ue000", "\ue001"  # around a hit; for private use, so nobody writes them
PHRASE = re.compile(r'"([^"]+)"|([^\s"]+)')
LAST_NUMBER = 2**31 - 1
MATCHES = {
    "sqlite": "message_index MATCH :words",
    "postgresql": "message_index.words @@ websearch_to_tsquery('english', :words)",
}
NUMBER = {"sqlite": "message_index.rowid", "postgresql": "message_index.event"}
HITS = """
SELECT {number} AS event, conversation FROM message_index
WHERE {matches} AND {number} {beyond} :edge ORDER BY {number} {order} LIMIT :most
"""
# One by one and no further than the first hit; the events come first, so that the index is asked for
# these few alone.
LATER = """
SELECT id FROM conversations WHERE id IN :names AND (
  SELECT events.id FROM events CROSS JOIN message_index
  WHERE sender_id = conversations.id AND events.id > :top AND type_name IN ('user', 'bot', 'agent')
  AND {number} = events.id AND {matches} LIMIT 1
) IS NOT NULL
"""
SNIPPETS = {
    "sqlite": "SELECT rowid AS event, snippet(message_index, 0, :begin, :end, '…', 14) AS words "
    "FROM message_index WHERE message_index MATCH :words AND rowid BETWEEN :first AND :last "
    "AND +rowid IN :events",  # one walk from the first to the last, instead of a search for each
    "postgresql": "SELECT id AS event, ts_headline('english', CAST(data AS json) ->> 'text', "
    "websearch_to_tsquery('english', :words), 'MaxWords=14, MinWords=7, StartSel=' || :begin || "
    "', StopSel=' || :end) AS words FROM events WHERE id IN :events",
}


def terms(written: str) -> str:
    """Return what somebody typed so that both databases read it alike: each word or phrase in quotes."""
    parts = [phrase or word for phrase, word in PHRASE.findall(written)]
    return " ".join(f'"{part}"' for part in parts if re.search(r"\w", part))


def find(connection: Connection, wanted: Filter, before: str, after: str, size: int = SIZE) -> Found:
    """Return a page of the conversations in which words were said; its arguments are paging.find's."""
    words, back = terms(wanted["q"]), bool(after)
    edge = _number(after or before)
    found: list[tuple[int, str]] = []
    looked, more, seen = edge, bool(words), set[str]()
    for most in LOOKS if words else ():
        hits = _batch(connection, words, looked, most, back=back)
        fresh = hits if back else [hit for hit in hits if hit[1] not in seen]
        seen |= {name for _, name in hits}
        found += _kept(connection, wanted, words, fresh, edge if not back else looked)
        more = len(hits) == most
        looked = hits[-1][0] if hits else looked
        if len(found) > size or not more:
            break
    full = len(found) > size
    found, reached = found[:size], found[size - 1][0] if full else looked if more else None
    if back:
        found.reverse()
        newer, older = reached, _beyond(found, edge)
    else:
        newer, older = (found[0][0] if found else edge) if edge else None, reached
    names = [name for _, name in found]
    hits_of = {name: event for event, name in found}
    return Found(names, str(newer or ""), str(older or ""), hits_of, full)


def snippets(connection: Connection, wanted: Filter, found: Found) -> dict[str, list[tuple[str, bool]]]:
    """Return, by conversation, the words around its hit in pieces: (text, whether it was searched for)."""
    hits = found.hits or {}
    if not hits:
        return {}
    statement = sa.text(SNIPPETS[connection.dialect.name]).bindparams(sa.bindparam("events", expanding=True))
    numbers = list(hits.values())
    asked: dict[str, Any] = {"words": terms(wanted["q"]), "events": numbers, "begin": BEGIN, "end": END}
    if connection.dialect.name == "sqlite":
        asked |= {"first": min(numbers), "last": max(numbers)}
    marked = {row.event: row.words for row in connection.execute(statement, asked)}
    return {name: pieces(marked.get(event) or "") for name, event in hits.items()}


def pieces(marked: str) -> list[tuple[str, bool]]:
    """Divide a text at the signs around its hits."""
    before, *rest = marked.split(BEGIN)
    found = [(before, False)]
    for part in rest:
        hit, _, after = part.partition(END)
        found += [(hit, True), (after, False)]
    return [(text.replace(END, ""), hit) for text, hit in found if text]


def newer_than(connection: Connection, wanted: Filter, key: str, most: int) -> int:
    """Return how many messages with the words have come since, ``most`` at most."""
    words = terms(wanted["q"])
    hits = _batch(connection, words, _number(key) or 0, LOOKS[0], back=True) if words else []
    return min(len({name for _, name in hits}), most)


def _batch(
    connection: Connection, words: str, edge: int | None, most: int, *, back: bool
) -> list[tuple[int, str]]:
    dialect = connection.dialect.name
    edge = edge if edge is not None else 0 if back else LAST_NUMBER
    query = HITS.format(
        number=NUMBER[dialect],
        matches=MATCHES[dialect],
        beyond=">" if back else "<",
        order="ASC" if back else "DESC",
    )
    found = connection.execute(sa.text(query), {"words": words, "edge": edge, "most": most})
    return [(row.event, row.conversation) for row in found]


def _kept(
    connection: Connection, wanted: Filter, words: str, hits: list[tuple[int, str]], edge: int | None
) -> list[tuple[int, str]]:
    """Return, of a batch, each conversation that passes the filter and has no newer hit on another page."""
    newest: dict[str, int] = {}
    for event, name in hits:
        newest[name] = max(event, newest.get(name, 0))
    if not newest:
        return []
    here = conversations.c.id.in_(list(newest))
    row, passes = conversations.c, map(beside, wanted.conditions().values())
    last = {
        one.id: one.last_event
        for one in connection.execute(sa.select(row.id, row.last_event).where(here, *passes))
    }
    names, top = set(last), max(event for event, _ in hits)
    if edge is not None and (went_on := {name for name in names if last[name] > top}):
        names -= _later(connection, words, went_on, top)
    return [(event, name) for event, name in hits if name in names and newest[name] == event]


def _later(connection: Connection, words: str, names: set[str], top: int) -> set[str]:
    """Return which conversations have a hit after an event: their place is on another page."""
    after = _batch(connection, words, top, LOOKS[0], back=True)
    if len(after) < LOOKS[0]:  # these are all that there are
        return names & {name for _, name in after}
    dialect = connection.dialect.name
    query = LATER.format(number=NUMBER[dialect], matches=MATCHES[dialect])
    statement = sa.text(query).bindparams(sa.bindparam("names", expanding=True))
    return set(connection.execute(statement, {"names": list(names), "top": top, "words": words}).scalars())


def _beyond(found: list[tuple[int, str]], edge: int | None) -> int | None:
    return found[-1][0] if found else edge


def _number(text: str) -> int | None:
    if text and not (text.isascii() and text.isdecimal() and int(text[:11]) <= LAST_NUMBER):
        raise Refused(400)
    return int(text) if text else None
