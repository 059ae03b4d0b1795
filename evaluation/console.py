"""The console's list, search, transcript and export among very many conversations.

    python -m evaluation.console                                        # a million, against ten thousand
    python -m evaluation.console --conversations 20000 --messages 100000 --against 2000 --times 5
    python -m evaluation.console --database sqlite
    python -m evaluation.console --database postgresql --filled --no-export

Each page is asked for over HTTP, as a browser does, at the list's beginning and nine tenths down; the
figures are whole answers in milliseconds. The databases are made in a temporary folder and deleted; with
--filled the large one is there already at DATABASE_URL, as evaluation.console_data has filled it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import aiohttp
import sqlalchemy as sa
from sanic import Sanic

from clinic.console.app import create
from clinic.conversation.tables import events
from clinic.database import database, migrate
from evaluation import console_data, report
from evaluation.console_data import COMMON, LONG, RARE, SHORT, UNTIL
from evaluation.machine import memory
from tests.channels.serving import serving
from tests.conftest import new_database
from tests.console.staff import hire
from tests.postgres import running_postgres

FILTERS = {
    "list": "",
    "days": "from=2026-03-01&to=2026-03-31",
    "days of the first message": "from=2026-03-01&to=2026-03-31&by=started",
    "channel": "channel=telegram",
    "rare channel": "channel=sms",
    "topic": "topic=faq%2Fpain",
    "below 50 %": "below=50",
    "below 30 %": "below=30",
    "not understood": "unclear=1",
    "thumbs down": "thumbs=down",
    "booked": "booked=yes",
    "outcome": "outcome=handed_over",
    "trouble": "trouble=1",
    "topic, booked and telegram": "topic=faq%2Fpain&booked=yes&channel=telegram",
    "search, common words": f"q={quote(COMMON)}",
    "search, rare word": f"q={RARE}",
    "search, common words and rare channel": f"q={quote(COMMON)}&channel=sms",
}
TITLES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
YEAR = timedelta(days=365)
Figures = dict[str, tuple[list[float], list[float]]]  # milliseconds: first page, deep page
Found = tuple[Figures, dict[str, list[float]], tuple[float, float]]  # transcripts; the export's MB, seconds


def main() -> int:
    """Make the databases one after the other, measure, print and write the section."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--conversations", type=int, default=1_000_000)
    parser.add_argument("--messages", type=int, default=5_000_000)
    parser.add_argument("--against", type=int, default=10_000, help="conversations of the small database")
    parser.add_argument("--times", type=int, default=20, help="each page")
    parser.add_argument("--database", choices=tuple(TITLES), action="append")
    parser.add_argument("--filled", action="store_true", help="DATABASE_URL has --conversations in it")
    parser.add_argument("--no-export", action="store_true", help="an export of everything takes long")
    given = parser.parse_args()
    each, large = given.messages / given.conversations, os.environ.get("DATABASE_URL")
    for kind in given.database or TITLES:
        found = []
        for number in (given.against, given.conversations):
            filled = large if given.filled and number == given.conversations else None
            with database_of(kind, filled):
                started = time.monotonic()
                if not filled:
                    console_data.fill(database(), number, int(number * each))
                print(f"{kind}: {number} conversations in {time.monotonic() - started:.0f} s", flush=True)
                found.append(asyncio.run(measure(given.times, exporting=not given.no_export)))
        lines = table(given.against, given.conversations, *found)
        print("\n".join(lines))
        report.write(f"console-{kind}", f"The console among many conversations: {TITLES[kind]}", lines)
    return 0


@contextmanager
def database_of(kind: str, filled: str | None = None) -> Iterator[None]:
    """Point DATABASE_URL at an empty, migrated database, or a filled one, while the block runs."""
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["CLINIC_DATA"] = scratch
        if filled:
            yield from _pointed(filled)
        elif kind == "sqlite":
            yield from _pointed(f"sqlite:///{Path(scratch) / 'clinic.db'}")
        else:
            with running_postgres() as server:
                yield from _pointed(new_database(server))


def _pointed(url: str) -> Iterator[None]:
    os.environ["DATABASE_URL"] = url
    migrate()
    yield
    database().dispose()


async def measure(times: int, *, exporting: bool = True) -> Found:
    """Return the figures of the list, of the two transcripts, and what an export takes: MB, seconds or 0."""
    Sanic.test_mode = True
    somebody = hire(database(), "manager")
    headers = {"Cookie": f"clinic-staff={somebody.token}"}
    dice = random.Random(1)
    async with serving(create("console-measured", register=False)) as client:

        async def ask(path: str) -> float:
            started = time.perf_counter()
            async with client.get(path, headers=headers) as answer:
                await answer.read()
                assert answer.status == 200, f"{path}: {answer.status}"
            return 1000 * (time.perf_counter() - started)

        figures = {}
        for name, query in FILTERS.items():
            deep = deep_places(query, times, dice)
            await ask(f"/conversations?{query}")  # once, so that code and caches are warm
            first = [await ask(f"/conversations?{query}") for _ in range(times)]
            figures[name] = (first, [await ask(f"/conversations?{query}&before={place}") for place in deep])
            print(f"  {name}: {percentiles(first)}, deep {percentiles(figures[name][1])}", flush=True)
        talks = {name: [await ask(f"/conversations/{name}") for _ in range(times)] for name in (SHORT, LONG)}
        return figures, talks, await export(client, headers) if exporting else (0.0, 0.0)


def deep_places(query: str, times: int, dice: random.Random) -> list[str]:
    """Return places about nine tenths down the list."""
    if "q=" in query:
        with database().connect() as connection:
            last = connection.execute(sa.select(sa.func.max(events.c.id))).scalar_one()
        return [str(int(last * dice.uniform(0.05, 0.15))) for _ in range(times)]
    if "from=" in query:
        begin, span = datetime(2026, 3, 1, tzinfo=UTC), timedelta(days=31)
    else:
        begin, span = UNTIL - YEAR, YEAR
    moments = (begin + span * dice.uniform(0.05, 0.15) for _ in range(times))
    return [f"{moment.replace(tzinfo=None).isoformat()}~c" for moment in moments]


async def export(client: aiohttp.ClientSession, headers: dict[str, str]) -> tuple[float, float]:
    """Export everything as CSV and return how much memory that took at most, and how long."""
    before, most, started = memory(os.getpid())[0], 0.0, time.monotonic()
    whole = aiohttp.ClientTimeout(total=None)
    async with client.get("/conversations/export.csv", headers=headers, timeout=whole) as answer:
        async for _ in answer.content.iter_chunked(1 << 20):
            most = max(most, memory(os.getpid())[0])
    return most - before, time.monotonic() - started


def percentiles(milliseconds: list[float]) -> str:
    """Return the median and the 95th percentile."""
    ordered: list[float] = sorted(milliseconds)
    return f"{statistics.median(ordered):.0f} / {ordered[int(0.95 * (len(ordered) - 1))]:.0f}"


def table(small: int, large: int, *found: Found) -> list[str]:
    """Return the section's lines for one database."""
    (few, short_talks, _), (many, talks, (megabytes, seconds)) = found
    rows = [("", f"{small:,}", f"{small:,}, deep", f"{large:,}", f"{large:,}, deep"), ("---", *["---:"] * 4)]
    rows += [(name, *map(percentiles, few[name]), *map(percentiles, many[name])) for name in FILTERS]
    for name in (SHORT, LONG):
        talk = f"transcript of {int(name.partition('-')[2]):,} events"
        rows.append((talk, percentiles(short_talks[name]), "", percentiles(talks[name]), ""))
    exported = f"{megabytes:.0f} MB more memory at most, and {seconds:.0f} s"
    return [
        "Median / 95th percentile in milliseconds of whole pages, by the number of conversations.",
        "",
        *("| " + " | ".join(row) + " |" for row in rows),
        "",
        *([f"Exporting all {large:,} as CSV took {exported}.", ""] if seconds else []),
    ]


if __name__ == "__main__":
    raise SystemExit(main())
