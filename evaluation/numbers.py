"""How long the figures of a period take, at ten thousand and at a million conversations.

    python -m evaluation.numbers [CONVERSATIONS ...]

On SQLite and, where the tests' packages are installed, on PostgreSQL; in databases of its own. The
conversations are spread over a year; the latest thousand have events, from which replies are timed. Once
counted anew, as before the first days are kept, and then with what is kept of the days that are over.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg2.extensions
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from clinic.console.numbers import counts
from clinic.console.numbers import days as days_kept
from clinic.console.numbers.period import Period
from clinic.database import database, migrate
from evaluation import report

SIZES, DAYS, TIMES = (10_000, 1_000_000), (7, 30, 90, 365), 7
LAST = datetime(2026, 11, 25, 18, tzinfo=UTC)
ZONE = ZoneInfo("Europe/London")
TALKING = 1_000  # conversations that have events
LATER = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S.000000', :start, '+' || CAST(i * :step AS integer) || ' seconds')",
    "postgresql": "CAST(:start AS timestamptz) + i * :step * interval '1 second'",
}
FILL = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many)
INSERT INTO conversations (id, channel, started_at, last_at, visitor_messages, bot_messages, topics,
  lowest_confidence, not_understood, outcome, booked, booking_steps, thumbs_up, thumbs_down, trouble_at,
  last_event, turns, loads_after, loads_state, next_after, next_state, next_turn)
SELECT 'widget-' || i, CASE WHEN i * 9 % 10 < 7 THEN 'widget' ELSE 'telegram' END, {at}, {at},
  1 + i % 9, 1 + i % 9, '["faq/t' || (i * 31 % 75) || '", "faq/u' || (i * 17 % 40) || '"]',
  0.4 + i % 60 / 100.0,
  CASE WHEN i * 13 % 11 = 0 THEN 1 ELSE 0 END,
  CASE i * 7 % 10 WHEN 0 THEN 'booked' WHEN 1 THEN 'not_understood' WHEN 2 THEN 'handed_over'
    ELSE 'answered' END,
  CASE WHEN i * 7 % 10 = 0 THEN {true} ELSE {false} END, i * 7 % 8,
  CASE WHEN i % 23 = 0 THEN 1 ELSE 0 END, CASE WHEN i % 37 = 0 THEN 1 ELSE 0 END, NULL,
  0, 3, 0, :state, 0, :state, 0
FROM n
"""
TOPICS = {
    "sqlite": "SELECT conversations.id, value, last_at FROM conversations, json_each(topics)",
    "postgresql": "SELECT id, topic, last_at FROM conversations, "
    "json_array_elements_text(CAST(topics AS json)) AS topic",
}


def main() -> int:
    """Measure each database, size and period; print and write the section."""
    sizes = [int(text) for text in sys.argv[1:]] or list(SIZES)
    heads = ("database", "conversations", "days", "counted anew", "with kept days", "replies")
    rows: list[tuple[object, ...]] = [heads, ("---", *["---:"] * 5)]
    for size in sizes:
        for name, engine in _databases():
            _fill(engine, size)
            anew = {days: _times(engine, days)[0] for days in DAYS}
            seconds = _keep(engine)
            print(f"{name}: {size} conversations; keeping the days took {seconds:.1f} s", flush=True)
            for days in DAYS:
                kept, replies = _times(engine, days)
                rows.append((name, f"{size:,}", days, anew[days], kept, replies))
                print(*rows[-1], flush=True)
    lines = ["Median / slowest in milliseconds.", "", *(f"| {' | '.join(map(str, row))} |" for row in rows)]
    report.write("numbers", "The figures of a period", lines)
    return 0


def _databases() -> Iterator[tuple[str, Engine]]:
    from tests.conftest import new_database  # noqa: PLC0415
    from tests.postgres import running_postgres  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="clinic-") as folder:
        with _configured(f"sqlite:///{Path(folder) / 'clinic.db'}") as engine:
            yield "sqlite", engine
        with running_postgres() as server, _configured(new_database(server)) as engine:
            yield "postgresql", engine


@contextmanager
def _configured(url: str) -> Iterator[Engine]:
    os.environ["DATABASE_URL"] = url
    migrate()
    yield database()
    database().dispose()


def _fill(engine: Engine, many: int) -> None:
    """Make conversations over a year, the latest ones with what was said."""
    dialect = engine.dialect.name
    if dialect == "postgresql":
        psycopg2.extensions.set_wait_callback(None)  # filling takes longer than anybody waits for a page
    start = LAST - timedelta(days=365)
    yes, no = ("1", "0") if dialect == "sqlite" else ("true", "false")
    statement = sa.text(FILL.format(at=LATER[dialect], true=yes, false=no))
    begins = f"{start:%Y-%m-%d %H:%M:%S}" if dialect == "sqlite" else start
    values = {"many": many, "start": begins, "step": 365 * 86400 / many, "state": "[]" * 200}
    with engine.begin() as connection:
        connection.execute(statement, values)
        insert = "INSERT INTO conversation_topics (conversation, topic, last_at) "
        connection.execute(sa.text(insert + TOPICS[dialect]))
        rows = [
            {
                "sender_id": f"widget-{number}",
                "type_name": kind,
                "timestamp": 1000.0 * turn + later,
                "data": "{}",
            }
            for number in range(max(1, many - TALKING), many + 1)
            for turn in range(5)
            for kind, later in (("user", 0.0), ("slot", 0.1), ("bot", 0.3))
        ]
        insert = "INSERT INTO events (sender_id, type_name, timestamp, data) "
        connection.execute(sa.text(insert + "VALUES (:sender_id, :type_name, :timestamp, :data)"), rows)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE" if dialect == "sqlite" else "VACUUM ANALYZE"))


def _keep(engine: Engine) -> float:
    """Keep all days but the last, and return how long that took."""
    started, at = time.monotonic(), datetime.now(UTC)
    yesterday = LAST.date() - timedelta(days=1)
    period = Period(yesterday - timedelta(days=max(DAYS)), yesterday, ZONE)
    for later in (timedelta(), 2 * days_kept.SETTLED):
        days_kept.keep(engine, period, at + later)
    return time.monotonic() - started


def _times(engine: Engine, days: int) -> tuple[str, str]:
    """Return how long a period's figures take, and its replies."""
    last = LAST.date()
    period = Period(last - timedelta(days=days - 1), last, ZONE)
    counting, replying = [], []
    for _ in range(TIMES):
        with engine.connect() as connection:
            start = time.perf_counter()
            total = days_kept.count(connection, period).total
            counting.append(1000 * (time.perf_counter() - start))
            start = time.perf_counter()
            counts.reply_seconds(connection, period)
            replying.append(1000 * (time.perf_counter() - start))
    assert total > 0
    return _written(counting), _written(replying)


def _written(milliseconds: list[float]) -> str:
    return f"{statistics.median(milliseconds):.0f} / {max(milliseconds):.0f}"


if __name__ == "__main__":
    sys.exit(main())
