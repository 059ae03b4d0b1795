"""Messaging at a steady rate, over platforms that fail one call in ten.

    python -m evaluation.channels                        # 20 messages a second for 5 minutes
    python -m evaluation.channels --seconds 20 --rate 5

The real assistant, four simulated platforms, and people who write in turn. The platforms fail for ten
seconds and work for ten, in turn, so that both meet the same machine. Lost: a message that was not
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
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
SLICE, DRAIN_SECONDS = 10, 180
Once = Callable[[str, bytes, dict[str, str]], Coroutine[Any, Any, int]]
PUBLIC, SECRET = "https://chat.clinic.example", "ab" * 32


@dataclass
class Run:
    """What a run has met: messages by conversation, and how long acknowledgements took, in milliseconds."""

    sent: Counter[str] = field(default_factory=Counter)
    times: dict[bool, list[float]] = field(default_factory=lambda: {False: [], True: []})
    failing: bool = False
    faults: int = 0
    seconds: float = 0.0


class Platforms:
    """The four simulators, each message of theirs timed."""

    def __init__(self, run: Run) -> None:
        self.run, self._dice = run, random.Random(8)
        self.sims = [kind("http://127.0.0.1:1") for kind in SIMULATORS]
        for sim in self.sims:
            sim.once, sim.fault = self._timed(sim.once), self.fault  # type: ignore[assignment,method-assign]
            if isinstance(sim, TelegramSimulator):
                sim.secret = SECRET
            if isinstance(sim, TwilioSimulator):
                sim.public = PUBLIC

    def settings(self) -> dict[str, str]:
        """Return the assistant's settings for all of them."""
        return {"PUBLIC_URL": PUBLIC} | {k: v for sim in self.sims for k, v in sim.settings().items()}

    def fault(self, _number: int) -> str | None:
        """Return what happens to a call: a fault in one of ten, while the platforms fail."""
        if not self.run.failing or self._dice.random() >= FAILS:
            return None
        self.run.faults += 1
        return self._dice.choice(FAULTS)

    def _timed(self, once: Once) -> Once:
        async def timed(path: str, body: bytes, headers: dict[str, str]) -> int:
            failing, start = self.run.failing, time.perf_counter()
            status = await once(path, body, headers)
            self.run.times[failing].append((time.perf_counter() - start) * 1000)
            return status

        return timed


def main() -> int:
    """Measure and print; keep the figures when asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--rate", type=float, default=20, help="messages a second, over all channels")
    parser.add_argument("--keep", action="store_true", help="write the figures into evaluation/results.md")
    given = parser.parse_args()
    found = measure(given.rate, given.seconds)
    lines = report.table(found)
    print("\n".join(lines))
    if given.keep:
        report.write("channels", "Messaging channels", lines)
    return 0 if found["lost"] == found["doubled"] == found["out of order"] == 0 else 1


def measure(rate: float, seconds: float) -> dict[str, object]:
    """Let people write for so long at so many messages a second, and return what came of it."""
    run = Run()
    with tempfile.TemporaryDirectory() as scratch:
        folder, platforms = Path(scratch), Platforms(run)
        (folder / "telegram-secret").write_text(SECRET, encoding="ascii")
        url = f"sqlite:///{folder / 'clinic.db'}"
        engine = sa.create_engine(url, future=True)
        with fleet(folder, url, 1, more=platforms.settings()) as started:
            _point(platforms, started)
            _warm_up(platforms, engine)
            asyncio.run(write(platforms, rate, seconds))
            _drain(engine)
        found = figures(run, platforms.sims, engine)
        engine.dispose()
    for sim in platforms.sims:
        sim.close()
    return found


async def write(platforms: Platforms, rate: float, seconds: float) -> None:
    """Let people write at a steady rate, whatever becomes of what they have written."""
    start, under_way = time.monotonic(), []
    for number in itertools.count():
        due = start + number / rate
        if due > start + seconds:
            break
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        platforms.run.failing = int((due - start) / SLICE) % 2 == 0
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
    return {
        "messages": sum(run.sent.values()),
        "a second": f"{sum(run.sent.values()) / run.seconds:.1f}",
        "replies": sum(len(sent) for sent in rows.values()),
        "calls that failed": run.faults,
        "lost": lost,
        "doubled": doubled,
        "out of order": disorder,
        "acknowledged in, median (99 of 100), platforms fail": _times(run.times[True]),
        "platforms work": _times(run.times[False]),
    }


def _times(times: list[float]) -> str:
    if len(times) < 2:
        return "not measured"
    return f"{statistics.median(times):.0f} ms ({statistics.quantiles(times, n=100)[98]:.0f} ms)"


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
    for times in platforms.run.times.values():
        times.clear()


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
