"""Two messages of one conversation at the same moment, sent to different processes.

    python -m evaluation.pairs                  # 10,000 pairs over 4 processes on PostgreSQL
    python -m evaluation.pairs --pairs 200

Counts the turns that overlap (another turn's events between a question and its answer), events that
are lost, and conversations whose events are out of order.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import sys
import uuid
from dataclasses import dataclass

import aiohttp
import sqlalchemy as sa

from evaluation import report
from evaluation.fleet import fleet, scratch

AT_ONCE = 16  # pairs in flight
QUESTIONS = ("does it hurt?", "how much does it cost")


@dataclass(frozen=True)
class Found:
    """What became of the pairs."""

    pairs: int
    refused: int  # messages that a process too busy to answer in time refused aloud
    overlapping: int
    lost: int
    disordered: int

    @property
    def clean(self) -> bool:
        return not (self.overlapping or self.lost or self.disordered)


def main() -> int:
    """Send the pairs, count, write the section; 1 when something went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=4)
    given = parser.parse_args()
    with scratch() as (folder, url), fleet(folder, url, given.processes) as started:
        addresses = [f"http://127.0.0.1:{port}" for port in started.assistants]
        found = asyncio.run(run(addresses, url, given.pairs))
    lines = report.table(
        {
            "pairs": found.pairs,
            "processes": given.processes,
            "messages refused aloud": found.refused,
            "overlapping": found.overlapping,
            "events lost": found.lost,
            "out of order": found.disordered,
        }
    )
    print("\n".join(lines))
    report.write("pairs", "Two messages at the same moment", lines)
    return 0 if found.clean else 1


async def run(urls: list[str], database_url: str, pairs: int) -> Found:
    """Send the pairs and look at what the database holds afterwards."""
    done = itertools.count(1)
    gate, names = asyncio.Semaphore(AT_ONCE), [f"pair-{uuid.uuid4()}" for _ in range(pairs)]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def pair(number: int, name: str) -> int:
            async with gate:
                where = [urls[(number + offset) % len(urls)] for offset in range(2)]
                asked = zip(where, QUESTIONS, strict=True)
                answers = await asyncio.gather(*(_ask(session, url, name, text) for url, text in asked))
                report.progress("pairs", next(done), pairs)
                return sum(answers)

        answered = await asyncio.gather(*(pair(number, name) for number, name in enumerate(names)))
    kept = zip(_events(database_url, names), answered, strict=True)
    judged = [judge(events, count) for events, count in kept]
    refused = len(QUESTIONS) * pairs - sum(answered)
    return Found(pairs, refused, *(sum(column) for column in zip(*judged, strict=True)))


async def _ask(session: aiohttp.ClientSession, url: str, name: str, text: str) -> bool:
    async with session.post(f"{url}/webhooks/rest/webhook", json={"sender": name, "message": text}) as reply:
        return reply.status == 200 and bool(json.loads(await reply.read()))


def _events(database_url: str, names: list[str]) -> list[list[dict[str, object]]]:
    engine = sa.create_engine(database_url, future=True)
    query = sa.text("SELECT data FROM events WHERE sender_id = :name ORDER BY id")
    with engine.connect() as connection:
        found = [
            [json.loads(data) for data in connection.execute(query, {"name": name}).scalars()]
            for name in names
        ]
    engine.dispose()
    return found


def judge(events: list[dict[str, object]], answered: int) -> tuple[int, int, int]:
    """Return (overlapping, lost, disordered) of one pair's conversation, each 0 or 1."""
    said = [event for event in events if event["event"] in {"user", "bot"}]
    questions = [number for number, event in enumerate(said) if event["event"] == "user"]
    overlapping = any(
        said[number + 1 : number + 2] == [] or said[number + 1]["event"] != "bot" for number in questions
    )
    times = [float(str(event["timestamp"])) for event in events]
    return int(overlapping), int(len(questions) < answered), int(times != sorted(times))


if __name__ == "__main__":
    sys.exit(main())
