"""Messaging at a steady rate, with platforms that never fail and then with ones that fail one call in ten.

    python -m evaluation.channels                        # 20 messages a second for 5 minutes, twice
    python -m evaluation.channels --seconds 20 --rate 5

The real assistant, four simulated platforms, and people who write in turn. Lost: a message that was not
acknowledged or has no answer, a reply that nobody was shown. Doubled: a message that was answered twice, a
reply that was shown twice. With --keep the figures go into evaluation/results.md.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from clinic.channels.simulator.base import Simulator
from clinic.channels.simulator.messenger import MessengerSimulator
from clinic.channels.simulator.telegram import TelegramSimulator
from clinic.channels.simulator.twilio import TwilioSimulator
from clinic.channels.simulator.whatsapp import WhatsAppSimulator
from clinic.conversation.tables import deliveries, events
from clinic.database import received_messages
from evaluation import report
from evaluation.fleet import Fleet, fleet
from evaluation.load import PLAIN

SIMULATORS: tuple[type[Simulator], ...] = (
    TelegramSimulator,
    MessengerSimulator,
    WhatsAppSimulator,
    TwilioSimulator,
)
PEOPLE = 50  # of each platform
FAILS = 0.1
FAULTS = ("500", "429", "cut")
DRAIN_SECONDS = 180
PUBLIC, SECRET = "https://chat.clinic.example", "ab" * 32


@dataclass
class Run:
    """What a run has met. Times are milliseconds from a request to its acknowledgement."""

    name: str
    sent: Counter[str] = field(default_factory=Counter)  # messages by conversation
    times: list[float] = field(default_factory=list)
    refused: int = 0
    seconds: float = 0.0


class Platforms:
    """The four simulators, each message of theirs timed."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.sims = [kind("http://127.0.0.1:1") for kind in SIMULATORS]
        for sim in self.sims:
            sim.once = self._timed(sim.once)  # type: ignore[method-assign]
            if isinstance(sim, TelegramSimulator):
                sim.secret = SECRET
            if isinstance(sim, TwilioSimulator):
                sim.public = PUBLIC

    def settings(self) -> dict[str, str]:
        """Return the assistant's settings for all of them."""
        return {"PUBLIC_URL": PUBLIC} | {k: v for sim in self.sims for k, v in sim.settings().items()}

    def _timed(self, once):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 (as Simulator.once)
        async def timed(path: str, body: bytes, headers: dict[str, str]) -> int:
            start = time.perf_counter()
            status: int = await once(path, body, headers)
            self.run.times.append((time.perf_counter() - start) * 1000)
            self.run.refused += status not in range(200, 300)
            return status

        return timed


def main() -> int:
    """Measure both runs and print them; keep them when asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=int, default=300, help="of each run")
    parser.add_argument("--rate", type=float, default=20, help="messages a second, over all channels")
    parser.add_argument("--keep", action="store_true", help="write the figures into evaluation/results.md")
    given = parser.parse_args()
    rows = measure(given.rate, given.seconds)
    lines = [report.table(rows[0])[0], report.table(rows[0])[1], *(report.table(row)[2] for row in rows)]
    print("\n".join(lines))
    if given.keep:
        report.write("channels", "Messaging channels", lines)
    return 0 if all(row["lost"] == row["doubled"] == row["out of order"] == 0 for row in rows) else 1


def measure(rate: float, seconds: float) -> list[dict[str, object]]:
    """Run the same load with platforms that never fail, and with ones that do; return a row for each."""
    rows = []
    for name, fails in (("never fails", 0.0), (f"fails {FAILS:.0%} of calls", FAILS)):
        with tempfile.TemporaryDirectory() as scratch:
            rows.append(measured(Run(name), Path(scratch), rate, seconds, fails))
    return rows


def measured(run: Run, folder: Path, rate: float, seconds: float, fails: float) -> dict[str, object]:
    """Do one run and return its row."""
    platforms, url = Platforms(run), f"sqlite:///{folder / 'clinic.db'}"
    (folder / "telegram-secret").write_text(SECRET, encoding="ascii")
    engine = sa.create_engine(url, future=True)
    with fleet(folder, url, 1, more=platforms.settings()) as started:
        _point(platforms, started)
        _warm_up(platforms, engine)
        for sim in platforms.sims:
            sim.fault = _faults(fails)
        asyncio.run(write(platforms, rate, seconds))
        _drain(engine)
    row = {"the platform": run.name, **figures(run, platforms.sims, engine)}
    engine.dispose()
    for sim in platforms.sims:
        sim.close()
    return row


async def write(platforms: Platforms, rate: float, seconds: float) -> None:
    """Let people write at a steady rate, whatever becomes of what they have written."""
    start, under_way = time.monotonic(), []
    for number in itertools.count():
        due = start + number / rate
        if due > start + seconds:
            break
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        under_way.append(asyncio.create_task(_say(platforms, number)))
    await asyncio.gather(*under_way)
    platforms.run.seconds = time.monotonic() - start


async def _say(platforms: Platforms, number: int) -> None:
    sim = platforms.sims[number % len(platforms.sims)]
    person = f"{number // len(platforms.sims) % PEOPLE + 1:012d}"
    chat = f"+{person}" if sim.name == "twilio" else f"1{person}"
    platforms.run.sent[f"{sim.name}:{chat}"] += 1
    text = f"{PLAIN[number % len(PLAIN)]} {number}"
    await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(sim.write(chat, text), sim.loop))


def figures(run: Run, sims: list[Simulator], engine: Engine) -> dict[str, object]:
    """Compare what was written, kept, answered, and shown."""
    kept, answered, rows = _stored(engine)
    shown: dict[str, list[str]] = defaultdict(list)
    for sim in sims:
        for one in sim.shown:
            shown[f"{sim.name}:{one.chat}"].append(
                one.id if sim.name != "telegram" else f"{one.chat}:{one.id}"
            )
    lost = sum((run.sent - kept).values()) + sum((run.sent - answered).values())
    doubled = sum((kept - run.sent).values()) + sum((answered - run.sent).values())
    disorder = 0
    for conversation, sent in rows.items():
        seen = shown[conversation]
        lost += len(set(sent) - set(seen))
        doubled += len(seen) - len(set(seen) & set(sent))
        disorder += [one for one in seen if one in set(sent)] != sent
    median, p99 = statistics.median(run.times), statistics.quantiles(run.times, n=100)[98]
    return {
        "messages": sum(run.sent.values()),
        "a second": f"{sum(run.sent.values()) / run.seconds:.1f}",
        "replies": sum(len(sent) for sent in rows.values()),
        "lost": lost,
        "doubled": doubled,
        "out of order": disorder,
        "acknowledged in, median": f"{median:.0f} ms",
        "99 of 100 in": f"{p99:.0f} ms",
    }


def _stored(engine: Engine) -> tuple[Counter[str], Counter[str], dict[str, list[str]]]:
    """Return messages kept and answered by conversation, and the names of what was sent, in order."""
    kept: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    rows: dict[str, list[str]] = defaultdict(list)
    with engine.connect() as connection:
        said = sa.select(events.c.sender_id).where(events.c.type_name == "user")
        kept.update(connection.execute(said).scalars())
        done = sa.select(received_messages.c.conversation).where(received_messages.c.answered_at.isnot(None))
        answered.update(connection.execute(done).scalars())
        order = sa.select(deliveries).order_by(deliveries.c.event_id, deliveries.c.part)
        for row in connection.execute(order):
            rows[row.conversation].append(row.platform_id or f"unsent {row.id}")
    return kept, answered, rows


def _faults(share: float):  # type: ignore[no-untyped-def]  # noqa: ANN202 (Simulator.fault)
    dice = random.Random(8)
    return lambda _number: dice.choice(FAULTS) if dice.random() < share else None


def _point(platforms: Platforms, started: Fleet) -> None:
    (port,) = started.assistants
    for sim in platforms.sims:
        sim.assistant = f"http://127.0.0.1:{port}"


def _warm_up(platforms: Platforms, engine: Engine) -> None:
    """Let one person write on each channel, so that nothing is loaded for the first time later."""
    for sim in platforms.sims:
        chat = "+990" if sim.name == "twilio" else "990"
        sim.says(chat, PLAIN[0])
        platforms.run.sent[f"{sim.name}:{chat}"] += 1
    _drain(engine)
    platforms.run.times.clear()


def _drain(engine: Engine) -> None:
    """Wait until everything is answered and delivered."""
    unanswered = sa.select(sa.func.count()).where(received_messages.c.answered_at.is_(None))
    queued = sa.select(sa.func.count()).where(deliveries.c.state == "queued")
    deadline, quiet = time.monotonic() + DRAIN_SECONDS, 0
    while quiet < 3 and time.monotonic() < deadline:
        with engine.connect() as connection:
            left = connection.execute(unanswered).scalar_one() + connection.execute(queued).scalar_one()
        quiet = 0 if left else quiet + 1
        time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())
