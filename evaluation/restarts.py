"""Restarts under load: none of the visitors' messages may be lost, doubled or left without an answer.

    python -m evaluation.restarts                       # 4 processes, 20 messages a second, 5 minutes
    python -m evaluation.restarts --seconds 30 --rate 5 --workers 2

Everything is real: PostgreSQL, nginx, the assistants and the action server on this machine. All
processes are replaced one by one (`make restart`) again and again while visitors write, each from an
address of its own in 127.0.0.0/8. As the chat widget does, a visitor sends a message again, with the
same id, until it is accepted. Afterwards each message is looked for in the database.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import statistics
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import aiohttp
import sqlalchemy as sa

from clinic.conversation.history import Said, said_since
from evaluation.fleet import scratch
from evaluation.report import progress, write
from tests.assistant import Assistant

QUESTIONS = ("do the needles hurt?", "what does it cost?", "is it safe?", "book a facial please", "thanks")
REPEATED = {429, 502, 503, 504}
PATIENCE = 60.0  # seconds that a visitor tries to send one message
TROUBLE = "something went wrong on our side"


@dataclass
class Visit:
    """One conversation: its messages' ids as they were accepted, and how long accepting took."""

    conversation: str
    accepted: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    again: int = 0


@dataclass(frozen=True)
class Outcome:
    """What became of the messages."""

    sent: int
    lost: int
    doubled: int
    unanswered: int
    apologies: int
    again: int
    replaced: int
    killed: int
    median: float
    slowest: float

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost: an apology is an answer, if not the one that was hoped for."""
        return not (self.lost or self.doubled or self.unanswered)


async def visit(address: str, messages: int, rate: float, number: int) -> Visit:
    """Talk as one visitor from an address of their own, and return what was accepted."""
    own = (f"127.1.{number // 250}.{number % 250 + 1}", 0)
    source = aiohttp.TCPConnector(local_addr=own, force_close=True)
    limit = aiohttp.ClientTimeout(total=20)
    async with aiohttp.ClientSession(address, connector=source, timeout=limit) as http:
        session = await _until_accepted(http, "/chat/session", {}, {}, Visit(""))
        headers = {"Authorization": f"Bearer {session['token']}"}
        seen = Visit(session["conversation"])
        for _ in range(messages):
            await asyncio.sleep(random.expovariate(rate))
            message = {"id": str(uuid.uuid4()), "text": random.choice(QUESTIONS)}
            start = time.monotonic()
            await _until_accepted(http, "/chat/messages", message, headers, seen)
            seen.seconds.append(time.monotonic() - start)
            seen.accepted.append(message["id"])
    return seen


async def _until_accepted(
    http: aiohttp.ClientSession, path: str, body: dict, headers: dict[str, str], seen: Visit
) -> dict:
    """Send a request as often as it takes. Raises TimeoutError when nobody accepts it."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            async with http.post(path, json=body, headers=headers) as response:
                if response.status < HTTPStatus.MULTIPLE_CHOICES:
                    return json.loads(await response.text())
                if response.status not in REPEATED:
                    raise RuntimeError(f"{path} was answered with {response.status}")
        except (aiohttp.ClientError, TimeoutError):
            pass
        seen.again += 1
        await asyncio.sleep(0.5)
    raise TimeoutError(path)


async def load(address: str, seconds: float, rate: float, *, tasks: list[Callable[[], None]]) -> list[Visit]:
    """Let visitors write for some seconds, and meanwhile do ``tasks``, evenly spread.

    Each visitor writes about once in two seconds.
    """
    visitors = max(1, round(rate * 2))
    messages = max(1, round(seconds * rate / visitors))
    talking = [asyncio.create_task(visit(address, messages, rate / visitors, n)) for n in range(visitors)]
    for number, task in enumerate(tasks, 1):
        await asyncio.sleep(seconds / (len(tasks) + 1))
        task()
        progress("restarts and kills", number, len(tasks))
    return await asyncio.gather(*talking)


def conversations(visits: list[Visit], url: str) -> Iterator[tuple[Visit, list[Said]]]:
    """Yield each visit with what the database holds of it."""
    engine = sa.create_engine(url, future=True)
    try:
        for seen in visits:
            yield seen, said_since(engine, seen.conversation, 0)
    finally:
        engine.dispose()


def is_answered(visits: list[Visit], url: str) -> bool:
    """Say whether every accepted message is kept and the assistant had the last word everywhere."""
    return all(
        set(seen.accepted) <= {s.message for s in said} and said and said[-1].sender == "bot"
        for seen, said in conversations(visits, url)
    )


def judge(visits: list[Visit], url: str, replaced: int = 0, killed: int = 0) -> Outcome:
    """Look for each accepted message and its answer in the database."""
    lost = doubled = unanswered = apologies = 0
    for seen, said in conversations(visits, url):
        stored = [s.message for s in said if s.sender == "visitor"]
        lost += sum(message not in stored for message in seen.accepted)
        doubled += len(stored) - len(set(stored))
        followed = zip(said, [*said[1:], None], strict=True)
        unanswered += sum(s.sender == "visitor" and (n is None or n.sender != "bot") for s, n in followed)
        apologies += sum(TROUBLE in (s.text or "") for s in said)
    seconds = [second for seen in visits for second in seen.seconds]
    return Outcome(
        sent=len(seconds),
        lost=lost,
        doubled=doubled,
        unanswered=unanswered,
        apologies=apologies,
        again=sum(seen.again for seen in visits),
        replaced=replaced,
        killed=killed,
        median=statistics.median(seconds),
        slowest=max(seconds),
    )


@contextmanager
def many(workers: int) -> Iterator[tuple[Assistant, str]]:
    """Start many assistants on a PostgreSQL of their own; yield them and the database's URL."""
    with scratch() as (folder, url):
        running = Assistant(folder, DATABASE_URL=url, WORKERS=str(workers)).wait()
        until(lambda: "is ready" in running.log.read_text(encoding="utf-8"))  # all of them
        try:
            yield running, url
        finally:
            if running.process.poll() is None:
                running.stop()


def times_replaced(running: Assistant) -> int:
    """Return how often all processes have been replaced."""
    return running.log.read_text(encoding="utf-8").count("all processes have been replaced")


def until(condition: Callable[[], object]) -> None:
    """Wait for something, and no longer than that makes sense."""
    deadline = time.monotonic() + 2 * PATIENCE
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.2)


def kill_one(running: Assistant) -> None:
    """End an assistant with SIGKILL, as a full memory does."""
    started = [line.split() for line in running.log.read_text(encoding="utf-8").splitlines()]
    pids = [int(line[-1].rstrip(")")) for line in started if "started" in line and "assistant." in line[1]]
    alive = [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    os.kill(random.choice(alive), signal.SIGKILL)


def measure(seconds: float, rate: float, workers: int, restarts: int, kills: int) -> Outcome:
    """Start everything, let visitors write, replace or kill processes meanwhile, and count."""
    with many(workers) as (running, url):
        replace: list[Callable[[], None]] = [lambda: running.process.send_signal(signal.SIGUSR1)] * restarts
        kill: list[Callable[[], None]] = [lambda: kill_one(running)] * kills
        tasks = random.sample(replace + kill, restarts + kills)
        visits = asyncio.run(load(running.address, seconds, rate, tasks=tasks))
        until(lambda: times_replaced(running) >= min(restarts, 1))
        until(lambda: is_answered(visits, url))  # what had to wait for a process, or for this machine
        replaced = times_replaced(running)
        running.stop()  # answers what is in flight
        return judge(visits, url, replaced, kills)


def report(outcome: Outcome) -> list[str]:
    """Return the lines of the section of results.md."""
    figures = {
        "messages": outcome.sent,
        "lost": outcome.lost,
        "doubled": outcome.doubled,
        "unanswered": outcome.unanswered,
        "apologies": outcome.apologies,
        "sent again": outcome.again,
        "all replaced": f"{outcome.replaced} times",
        "killed": outcome.killed,
        "median to accept": f"{outcome.median * 1000:.0f} ms",
        "slowest to accept": f"{outcome.slowest:.1f} s",
    }
    return [
        f"| {' | '.join(figures)} |",
        f"|{'---:|' * len(figures)}",
        f"| {' | '.join(map(str, figures.values()))} |",
    ]


def main() -> int:
    """Measure, print and write the section."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--rate", type=float, default=20.0, help="messages a second of all visitors")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--restarts", type=int, default=3, help="how often all processes are replaced")
    parser.add_argument("--kills", type=int, default=0, help="how many assistants are killed with SIGKILL")
    options = parser.parse_args()
    outcome = measure(options.seconds, options.rate, options.workers, options.restarts, options.kills)
    lines = report(outcome)
    print("\n".join(lines))
    write("restarts", "Restarts under load", lines)
    return 0 if outcome.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
