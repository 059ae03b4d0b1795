"""Very many conversations with plausible words, written in bulk past the assistant."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2.extensions
import sqlalchemy as sa
import yaml
from sqlalchemy.engine import Engine

from clinic.conversation import writing
from clinic.conversation.tables import conversation_topics, conversations, events
from clinic.settings.environment import PROJECT

UNTIL = datetime(2026, 11, 20, 12, tzinfo=UTC)
CHANNELS = {"widget": 70, "whatsapp": 15, "telegram": 9, "messenger": 5, "sms": 1}
OUTCOMES = {"answered": 80, "not_understood": 9, "booked": 6, "handed_over": 3, "opened": 2}
RARE = "rowanberry"  # once in RARELY messages
RARELY = 100_000
COMMON = "the treatment"  # two words of very many answers
AT_ONCE = 20_000  # conversations
LONG, SHORT = "long-10000", "long-100"
TABLES = {
    "conversations": [column.name for column in conversations.columns],
    "events": ["sender_id", "type_name", "timestamp", "intent_name", "data"],
    "conversation_topics": [column.name for column in conversation_topics.columns],
}
FILLED = (conversations, events, conversation_topics)
TRIGGERS = "ALTER TABLE events {0} TRIGGER USER; ALTER TABLE conversations {0} TRIGGER USER"
Rows = dict[str, list[tuple[Any, ...]]]


def fill(engine: Engine, number: int, messages: int) -> None:
    """Write conversations over a year, their messages, their topics and the index.

    Args:
        engine: An empty, migrated database.
        number: Conversations.
        messages: Of all of them together.

    """
    dice = random.Random(7)
    asked, answers = _sentences()
    _drop_indexes(engine)
    with _bulk(engine) as write:
        for begin in range(0, number, AT_ONCE):
            rows: Rows = {name: [] for name in TABLES}
            for n in range(begin, min(number, begin + AT_ONCE)):
                count = messages * (n + 1) // number - messages * n // number
                _add(rows, dice, n / number, f"c{n:07}", _spread(dice, count), asked, answers)
            write(rows)
        rows = {name: [] for name in TABLES}
        for name in (LONG, SHORT):
            _add(rows, dice, 0.5, name, int(name.partition("-")[2]), asked, answers)
        write(rows)
    _index(engine)


def _drop_indexes(engine: Engine) -> None:
    """Drop what is made faster at the end."""
    with engine.begin() as connection:
        for table in FILLED:
            for index in table.indexes:
                index.drop(connection)


def _spread(dice: random.Random, mean: int) -> int:
    """Return a number of messages around the mean, one at least."""
    return max(1, dice.choice((mean - 2, mean - 1, mean, mean + 1, mean + 2)))


def _add(
    rows: Rows,
    dice: random.Random,
    part: float,
    name: str,
    count: int,
    asked: list[tuple[str, str]],
    answers: list[str],
) -> None:
    """Add one conversation that began at a part of the year."""
    start = UNTIL - timedelta(days=365) * (1 - part)
    topics: list[str] = []
    for n in range(count):
        at = (start + timedelta(seconds=20 * n)).timestamp()
        if n % 2:
            event = {"event": "bot", "timestamp": at, "text": dice.choice(answers), "data": {}}
            rows["events"].append((name, "bot", at, None, json.dumps(event)))
            continue
        topic, text = dice.choice(asked)
        text = f"{text} {RARE}" if not dice.randrange(RARELY // 2) else text
        topics.append(topic)
        intent = {"name": "faq", "confidence": 0.9, "full_retrieval_intent_name": topic}
        event = {"event": "user", "timestamp": at, "text": text, "parse_data": {"intent": intent}}
        rows["events"].append((name, "user", at, "faq", json.dumps(event)))
    last = start + timedelta(seconds=20 * count)
    unique = tuple(dict.fromkeys(topics))
    rows["conversation_topics"] += [(name, topic, _stamp(last)) for topic in unique]
    rows["conversations"].append(_row(dice, name, start, last, count, unique))


def _row(
    dice: random.Random, name: str, start: datetime, last: datetime, count: int, topics: tuple[str, ...]
) -> tuple[Any, ...]:
    (channel,) = dice.choices(list(CHANNELS), list(CHANNELS.values()))
    (outcome,) = dice.choices(list(OUTCOMES), list(OUTCOMES.values()))
    trouble = _stamp(last) if not dice.randrange(2000) else None
    values = {
        "id": name,
        "channel": channel,
        "started_at": _stamp(start),
        "last_at": _stamp(last),
        "visitor_messages": (count + 1) // 2,
        "bot_messages": count // 2,
        "topics": json.dumps(topics),
        "lowest_confidence": round(dice.betavariate(8, 1), 4),
        "outcome": outcome,
        "not_understood": int(outcome == "not_understood"),
        "booked": outcome == "booked",
        "booking_steps": 7 * (outcome == "booked"),
        "thumbs_up": int(not dice.randrange(20)),
        "thumbs_down": int(not dice.randrange(80)),
        "trouble_at": trouble,
        "last_event": 0,
        "turns": (count + 1) // 2,
        "loads_after": 0,
        "loads_state": "[]",
        "next_after": 0,
        "next_state": "[]",
        "next_turn": 0,
    }
    return tuple(values[column] for column in TABLES["conversations"])


def _stamp(moment: datetime) -> str:
    """Return a time as SQLite keeps it, which PostgreSQL reads as well (in UTC)."""
    return f"{moment:%Y-%m-%d %H:%M:%S.%f}"


def _sentences() -> tuple[list[tuple[str, str]], list[str]]:
    """Return (topic, question) of the project's own examples, and the answers' texts."""
    asked, answers = [], []
    for path in sorted((PROJECT / "data" / "nlu").rglob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8")).get("nlu", []):
            lines = str(block.get("examples", "")).splitlines()
            asked += [(block["intent"], line.removeprefix("- ")) for line in lines if block.get("intent")]
    for path in sorted((PROJECT / "data" / "responses").rglob("*.yml")):
        responses = yaml.safe_load(path.read_text(encoding="utf-8")).get("responses", {})
        answers += [one["text"] for variants in responses.values() for one in variants if one.get("text")]
    return asked, answers


class _bulk:  # noqa: N801 (a block, as in "with open")
    """Writes rows by the fastest way that each database has."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __enter__(self) -> Any:
        self._connection = self._engine.raw_connection()
        self._cursor = self._connection.cursor()
        if self._engine.dialect.name == "postgresql":
            psycopg2.extensions.set_wait_callback(None)  # COPY takes none
            self._cursor.execute(f"{TRIGGERS.format('DISABLE')}; SET TIME ZONE 'UTC'")
            return self._copy
        return self._insert

    def __exit__(self, *_error: object) -> None:
        if self._engine.dialect.name == "postgresql":
            self._cursor.execute(TRIGGERS.format("ENABLE"))
        self._connection.commit()
        self._connection.close()

    def _insert(self, rows: Rows) -> None:
        for table, found in rows.items():
            places = ", ".join("?" * len(TABLES[table]))
            statement = f"INSERT INTO {table} ({', '.join(TABLES[table])}) VALUES ({places})"  # noqa: S608
            self._cursor.executemany(statement, found)
        self._connection.commit()

    def _copy(self, rows: Rows) -> None:
        for table, found in rows.items():
            text = io.StringIO()
            csv.writer(text).writerows(found)
            text.seek(0)
            columns = ", ".join(TABLES[table])
            self._cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN WITH (FORMAT csv)", text)
        self._connection.commit()


def _index(engine: Engine) -> None:
    """Fill the full-text index, and let the database know its figures as it does by itself in time."""
    words = writing.INSERT[engine.dialect.name].replace("sender_id = :name AND id > :after AND", "")
    last = "SELECT sender_id, max(id) AS last FROM events GROUP BY sender_id"
    known = f"UPDATE conversations SET last_event = e.last FROM ({last}) e WHERE e.sender_id = id"  # noqa: S608
    postgres = engine.dialect.name == "postgresql"
    before = ["DROP INDEX ix_message_index_words", "SET maintenance_work_mem = '512MB'"] if postgres else []
    after = ["CREATE INDEX ix_message_index_words ON message_index USING gin (words)"] if postgres else []
    with engine.begin() as connection:
        for statement in (*before, words, *after):
            connection.execute(sa.text(statement))
        for index in events.indexes:  # by which the next statement counts
            index.create(connection)
        connection.execute(sa.text(known))
        for index in conversations.indexes | conversation_topics.indexes:
            index.create(connection)
    if postgres:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))


def size(engine: Engine) -> Iterator[tuple[str, int]]:
    """Yield how many conversations and messages there are."""
    with engine.connect() as connection:
        for table in (conversations, events):
            count = sa.select(sa.func.count()).select_from(table)
            yield table.name, int(connection.execute(count).scalar_one())
