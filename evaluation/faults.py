"""The database and the action server killed, stalled, slowed and cut at random moments of conversations.

    python -m evaluation.faults                 # 50 of each fault for each of the two
    python -m evaluation.faults --points 3

A proxy stands before PostgreSQL and before the action server. Visitors talk without pause; at random
moments one of the two misbehaves for a while. Afterwards every message must have been answered or
refused aloud (a status and words), none twice, and all that was answered must be in the database.
The health check is asked all the time: before the first fault too, while the visitors talk.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from evaluation import report
from evaluation.fleet import fleet, scratch
from evaluation.proxy import Proxy

FAULTS = ("refuse", "stall", "slow", "reset")
VISITORS = 4
USUAL = 200  # health checks before the first fault, ten seconds of them
HEALTH_SECONDS = 5.0  # until a health check counts as failed
LONGEST = 8.0  # seconds until an answer or a refusal; what is promised is five on a machine at rest
TEXTS = ("does it hurt?", "book an appointment", "stop", "my mum had a session and loved it", "thanks")
SEED = 20261123


@dataclass
class Seen:
    """What the visitors met."""

    answered: list[tuple[str, str]] = field(default_factory=list)  # (conversation, words)
    apologies: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    silent: int = 0
    slowest: float = 0.0  # seconds
    health_before: list[float] = field(default_factory=list)  # milliseconds
    health: list[float] = field(default_factory=list)
    unhealthy: int = 0


@dataclass(frozen=True)
class Verdict:
    """What came of it; the first four must be nought."""

    silent: int
    doubled: int
    lost: int
    health_failed: int
    answered: int
    apologies: int
    refused: int
    slowest: float
    health_checks: int
    health_p99_before: float
    health_p99: float

    @property
    def clean(self) -> bool:
        return not (self.silent or self.doubled or self.lost or self.health_failed)


def main() -> int:
    """Let both misbehave, judge, write the section; 1 when something was lost, doubled or silent."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--points", type=int, default=50, help="of each fault, for each of the two")
    given = parser.parse_args()
    with scratch() as (folder, url):
        verdict = run(folder, url, given.points)
    figures = {
        "faults": given.points * len(FAULTS) * 2,
        "answered": verdict.answered,
        "of these apologies": verdict.apologies,
        "refused aloud": verdict.refused,
        "silent": verdict.silent,
        "twice": verdict.doubled,
        "lost": verdict.lost,
        "slowest": f"{verdict.slowest:.1f} s",
        "health checks": verdict.health_checks,
        "of these failed": verdict.health_failed,
        "health p99 before": f"{verdict.health_p99_before:.0f} ms",
        "health p99": f"{verdict.health_p99:.0f} ms",
    }
    lines = report.table(figures)
    print("\n".join(lines))
    report.write("faults", "Faults", lines)
    return 0 if verdict.clean else 1


def run(
    folder: Path,
    database_url: str,
    points: int,
    seconds: tuple[float, float] = (0.5, 3.0),
    usual: int = USUAL,
) -> Verdict:
    """Start everything behind proxies, let visitors talk, let things go wrong, and judge.

    Args:
        folder: For data and logs.
        database_url: An empty PostgreSQL database.
        points: How often each fault happens to each of the two.
        seconds: The shortest and longest fault.
        usual: How many health checks say how long one usually takes.

    """
    url = make_url(database_url)
    database = Proxy(url.port or 5432)
    try:
        through = url.set(port=database.port).render_as_string(hide_password=False)
        with fleet(folder, through, 0) as started:
            actions = Proxy(started.actions_port)
            started.reach_actions = actions.port
            (port,) = started.start_assistants(1)
            faults = _faults([database, actions], points)
            seen = asyncio.run(_talk(f"http://127.0.0.1:{port}", faults, seconds, usual))
            actions.close()
        return judge(seen, database_url)
    finally:
        database.close()


def _faults(proxies: list[Proxy], points: int) -> list[tuple[Proxy, str]]:
    """Return each fault of each proxy, so many times, in an order drawn by chance."""
    every = [(proxy, fault) for proxy in proxies for fault in FAULTS] * points
    return random.Random(SEED).sample(every, len(every))


async def _talk(
    address: str, faults: list[tuple[Proxy, str]], seconds: tuple[float, float], usual: int
) -> Seen:
    seen, done, chance = Seen(), asyncio.Event(), random.Random(SEED)
    async with aiohttp.ClientSession(address, connector=aiohttp.TCPConnector(limit=0)) as session:
        visitors = [asyncio.create_task(_visit(session, seen, done)) for _ in range(VISITORS)]
        await _watch_health(session, seen, seen.health_before, usual)
        watching = asyncio.create_task(_watch_health(session, seen, seen.health, None))
        for number, (proxy, fault) in enumerate(faults, 1):
            await asyncio.sleep(chance.uniform(0.2, 1.5))
            await asyncio.to_thread(setattr, proxy, "mode", fault)
            await asyncio.sleep(chance.uniform(*seconds))
            await asyncio.to_thread(setattr, proxy, "mode", "pass")
            report.progress("faults", number, len(faults))
        await asyncio.sleep(1)
        done.set()
        await asyncio.gather(*visitors)
        watching.cancel()
    return seen


async def _visit(session: aiohttp.ClientSession, seen: Seen, done: asyncio.Event) -> None:
    """Talk without pause; each message has words of its own, to be found again."""
    conversation, number = f"fault-{uuid.uuid4()}", 0
    while not done.is_set():
        words = f"{TEXTS[number % len(TEXTS)]} ({number})"
        number += 1
        start = time.monotonic()
        await _say(session, seen, conversation, words)
        seen.slowest = max(seen.slowest, time.monotonic() - start)


async def _say(session: aiohttp.ClientSession, seen: Seen, conversation: str, words: str) -> None:
    body, limit = {"sender": conversation, "message": words}, aiohttp.ClientTimeout(total=LONGEST)
    try:
        async with session.post("/webhooks/rest/webhook", json=body, timeout=limit) as reply:
            content = json.loads(await reply.read())
    except TimeoutError:
        seen.silent += 1
        return
    if reply.status == 200 and content:
        seen.answered.append((conversation, words))
        seen.apologies += "wrong on our side" in str(content)
    elif reply.status == 503 and content["message"]:
        seen.refused.append((conversation, words))
        await asyncio.sleep(0.2)
    else:
        seen.silent += 1


async def _watch_health(
    session: aiohttp.ClientSession, seen: Seen, times: list[float], count: int | None
) -> None:
    """Ask for health again and again; one that fails or does not answer in time is counted."""
    limit = aiohttp.ClientTimeout(total=HEALTH_SECONDS)
    while count is None or len(times) < count:
        start = time.perf_counter()
        try:
            async with session.get("/health/live", timeout=limit) as reply:
                seen.unhealthy += reply.status != 200
        except (aiohttp.ClientError, TimeoutError):
            seen.unhealthy += 1
        times.append((time.perf_counter() - start) * 1000)
        await asyncio.sleep(0.05)


def judge(seen: Seen, database_url: str) -> Verdict:
    """Compare what visitors were told with what the database holds."""
    engine = sa.create_engine(database_url, future=True)
    with engine.connect() as connection:
        rows = connection.execute(
            sa.text("SELECT sender_id, data FROM events WHERE type_name = 'user'")
        ).all()
    engine.dispose()
    kept = [(row.sender_id, json.loads(row.data)["text"]) for row in rows]
    p99_before, p99 = (statistics.quantiles(times, n=100)[98] for times in (seen.health_before, seen.health))
    return Verdict(
        silent=seen.silent,
        doubled=len(kept) - len(set(kept)),
        lost=len(set(seen.answered) - set(kept)),
        health_failed=seen.unhealthy,
        answered=len(seen.answered),
        apologies=seen.apologies,
        refused=len(seen.refused),
        slowest=seen.slowest,
        health_checks=len(seen.health_before) + len(seen.health),
        health_p99_before=p99_before,
        health_p99=p99,
    )


if __name__ == "__main__":
    sys.exit(main())
