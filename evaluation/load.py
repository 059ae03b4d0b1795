"""Latency by load: clients that hold conversations of ten turns, at growing numbers.

    python -m evaluation.load                         # this assistant on SQLite
    python -m evaluation.load --messages 50000 --clients 8,50
    python -m evaluation.load --action                # each message runs a custom action
    python -m evaluation.load --assistant stock --epochs 1 --messages 200   # after evaluation.compare
    python -m evaluation.load --assistant unpatched --messages 200          # Rasa as published, our model
    python -m evaluation.load --postgres --workers 2  # beside --workers 1: what a second process brings
    python -m evaluation.load --varied                # questions of the held-out files, no two alike
    python -m evaluation.load --report                # all that is kept: results.md and a picture

Rows are kept in results/, by name and number of clients.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import statistics
import sys
import tempfile
import time
import uuid
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import aiohttp

from clinic.settings.environment import PROJECT
from evaluation import report
from evaluation.contenders import NAMES, serving
from evaluation.fleet import scratch as scratch_database
from evaluation.questions import HELD_OUT, questions

KEPT = PROJECT / "results" / "load.json"
PICTURE = PROJECT / "evaluation" / "latency-by-load.png"
TURNS = 10
WARM_UP = 30  # messages
PLAIN = (
    "hello",
    "does it hurt?",
    "is it good for dark circles",
    "what about wrinkles",
    "how long does a session take",
    "how much does it cost",
    "do you treat rosacea",
    "is it safe",
    "what is microtrauma",
    "thanks",
)
ACTION = ("my mum had a session and loved it",) * TURNS  # action_ask_which answers it
CLIENTS = "1,4,8,16,50"
HEAD = (
    "| | clients | messages | failed | a second | p50, ms | p95, ms | p99, ms |",
    "|---|---:|---:|---:|---:|---:|---:|---:|",
)


@dataclass(frozen=True)
class Level:
    """What so many clients met. Times are in milliseconds."""

    name: str
    clients: int
    messages: int
    failed: int
    per_second: float
    p50: float
    p95: float
    p99: float


def main() -> int:
    """Measure, print the rows and keep them; draw the picture when asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clients", default=CLIENTS, help="numbers of clients, one level each")
    parser.add_argument("--messages", type=int, default=1000, help="messages at each level")
    parser.add_argument("--assistant", choices=NAMES, default="ours", help="which one is started")
    parser.add_argument("--epochs", type=int, help="of stock Rasa's training; speed does not depend on it")
    parser.add_argument("--url", help="an assistant that runs already; otherwise one is started")
    parser.add_argument("--database", help="DATABASE_URL of the one that is started; SQLite otherwise")
    parser.add_argument("--postgres", action="store_true", help="start a PostgreSQL for it")
    parser.add_argument("--workers", type=int, default=1, help="assistants that are started")
    parser.add_argument("--name", help="what the rows are called")
    parser.add_argument("--action", action="store_true", help="each message runs a custom action")
    parser.add_argument("--varied", action="store_true", help="send held-out questions, no two alike")
    parser.add_argument("--report", action="store_true", help="measure nothing, report all that is kept")
    given = parser.parse_args()
    if given.report:
        return write_report()
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        urls = [given.url]
        if not given.url:
            url = given.database or f"sqlite:///{scratch}/clinic.db"
            if given.postgres:
                url = stack.enter_context(scratch_database())[1]
            contender = serving(given.assistant, Path(scratch), url, given.workers, given.epochs)
            urls = list(stack.enter_context(contender))
        work = measure(name_of(given), urls, texts_of(given), clients(given.clients), given.messages)
        levels = asyncio.run(work)
    keep(levels)
    print("\n".join([*HEAD, *map(row, levels)]))
    return 0 if not any(level.failed for level in levels) else 1


def name_of(given: argparse.Namespace) -> str:
    """Return what the rows are called: who is asked, what, and where it differs, how many there are."""
    what = ", custom action" if given.action else ", varied questions" if given.varied else ""
    many = f", {given.workers} workers" if given.workers > 1 else ""
    where = ", PostgreSQL" if given.database or given.postgres else ""
    return given.name or f"{NAMES[given.assistant]}{what}{where}{many}"


def texts_of(given: argparse.Namespace) -> tuple[str, ...]:
    """Return the messages, which are sent in turn."""
    if given.varied:
        found = dict.fromkeys(text for _, text in questions(HELD_OUT))
        return tuple(found)
    return ACTION if given.action else PLAIN


def write_report() -> int:
    """Write every level that is kept into results.md, with a picture."""
    levels = kept()
    lines = [*HEAD, *map(row, levels), "", f"![Latency by load]({PICTURE.name})"]
    print("\n".join(lines))
    draw([level for level in levels if "," not in level.name], PICTURE)
    report.write("load", "Latency by load", lines)
    return 0


def clients(text: str) -> list[int]:
    """Read "1,4,8"."""
    return [int(part) for part in text.split(",")]


async def measure(
    name: str, urls: list[str], texts: tuple[str, ...], levels: list[int], messages: int
) -> list[Level]:
    """Hold conversations at each number of clients and return what they met."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        await level(session, name, urls, texts, 1, WARM_UP)
        found = []
        for number, count in enumerate(levels, 1):
            found.append(await level(session, name, urls, texts, count, messages))
            report.progress("levels", number, len(levels))
        return found


async def level(
    session: aiohttp.ClientSession, name: str, urls: list[str], texts: tuple[str, ...], count: int, most: int
) -> Level:
    """Let so many clients send at most so many messages in all, and return what they met."""
    left, times, failed = itertools.count(), list[float](), 0
    said = itertools.cycle(texts)

    async def client(number: int) -> None:
        nonlocal failed
        for turn in itertools.count():
            if next(left) >= most:
                return
            if turn % TURNS == 0:
                sender = uuid.uuid4().hex
            start = time.perf_counter()
            good = await ask(session, urls[number % len(urls)], sender, next(said))
            times.append((time.perf_counter() - start) * 1000)
            failed += not good

    start = time.perf_counter()
    await asyncio.gather(*(client(number) for number in range(count)))
    seconds = time.perf_counter() - start
    parts = statistics.quantiles(times, n=100)
    return Level(name, count, len(times), failed, len(times) / seconds, parts[49], parts[94], parts[98])


async def ask(session: aiohttp.ClientSession, url: str, sender: str, text: str) -> bool:
    """Send a message through the rest channel and say whether it was answered."""
    body = {"sender": sender, "message": text}
    async with session.post(f"{url}/webhooks/rest/webhook", json=body) as reply:
        return reply.status == 200 and bool(json.loads(await reply.read()))


def row(level: Level) -> str:
    """Return a level as a row of a table."""
    return (
        f"| {level.name} | {level.clients} | {level.messages} | {level.failed} | {level.per_second:.1f} | "
        f"{level.p50:.1f} | {level.p95:.1f} | {level.p99:.1f} |"
    )


def kept() -> list[Level]:
    """Return the levels that were measured before."""
    if not KEPT.exists():
        return []
    return [Level(**level) for level in json.loads(KEPT.read_text(encoding="utf-8"))]


def keep(levels: list[Level]) -> None:
    """Keep the levels, in the place of earlier ones of the same name and number of clients."""
    new = {(level.name, level.clients) for level in levels}
    old = [level for level in kept() if (level.name, level.clients) not in new]
    content = [asdict(level) for level in sorted([*old, *levels], key=lambda one: (one.name, one.clients))]
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def draw(levels: list[Level], path: Path) -> None:
    """Draw p50 and p99 by clients, a pair of lines for each name."""
    import matplotlib as mpl  # noqa: PLC0415 (slow to import)

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    figure, axes = plt.subplots(figsize=(7, 4.2))
    for name in dict.fromkeys(level.name for level in levels):
        own = [level for level in levels if level.name == name]
        (line,) = axes.plot([o.clients for o in own], [o.p50 for o in own], marker="o", label=f"{name}, p50")
        axes.plot(
            [o.clients for o in own],
            [o.p99 for o in own],
            marker="o",
            linestyle="--",
            color=line.get_color(),
            label=f"{name}, p99",
        )
    axes.set(xscale="log", yscale="log", xlabel="clients at once", ylabel="milliseconds to the answer")
    axes.grid(visible=True, which="both", alpha=0.3)
    axes.legend(fontsize="small")
    figure.tight_layout()
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    sys.exit(main())
