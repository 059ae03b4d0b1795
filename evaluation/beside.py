"""How many times as many messages this assistant answers as Rasa as it is published, with the same model.

    python -m evaluation.beside                  # one client, then eight; writes results.md
    python -m evaluation.beside --action         # each message runs a custom action

Both run at once and are asked in turn, a few hundred messages at a time: how busy the machine is then falls
on both alike. What is told is the median of the pairs' ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import aiohttp

from evaluation import report
from evaluation.contenders import OURS, UNPATCHED, serving
from evaluation.load import ACTION, PLAIN, WARM_UP, Level, clients, level

HEAD = (
    f"| clients | {OURS}, messages a second | {UNPATCHED} | times | lowest and highest |",
    "|---:|---:|---:|---:|---:|",
)
Pair = tuple[Level, Level]


async def measure(urls: dict[str, list[str]], texts: tuple[str, ...], given: argparse.Namespace) -> list[str]:
    """Ask two in turn and return a row for each number of clients."""
    one, other = urls
    rows = []
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def ask(name: str, count: int, messages: int) -> Level:
            return await level(session, name, urls[name], texts, count, messages)

        for name in urls:
            await ask(name, 1, WARM_UP)
        for count in clients(given.clients):
            pairs = []
            for number in range(given.pairs):
                pairs.append((await ask(one, count, given.messages), await ask(other, count, given.messages)))
                report.progress(f"pairs at {count}", number + 1, given.pairs)
            rows.append(row(count, pairs))
    return rows


def row(count: int, pairs: list[Pair]) -> str:
    """Return what so many clients met as a row of the table. Raises RuntimeError for a missing answer."""
    if any(one.failed for pair in pairs for one in pair):
        raise RuntimeError("messages were not answered")
    times = sorted(ours.per_second / theirs.per_second for ours, theirs in pairs)
    ours, theirs = (statistics.median(one.per_second for one in side) for side in zip(*pairs, strict=True))
    middle = statistics.median(times)
    return f"| {count} | {ours:.0f} | {theirs:.0f} | {middle:.2f} | {times[0]:.2f} to {times[-1]:.2f} |"


def arguments(description: str | None, numbers: str, pairs: int) -> argparse.ArgumentParser:
    """Return what reads how ``measure`` asks, given what is usual."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clients", default=numbers, help="numbers of clients")
    parser.add_argument("--messages", type=int, default=300, help="messages at a time")
    parser.add_argument("--pairs", type=int, default=pairs, help="how often each is asked")
    return parser


def main() -> int:
    """Measure, print the table and write it into results.md."""
    parser = arguments(__doc__, "1,8", 9)
    parser.add_argument("--action", action="store_true", help="each message runs a custom action")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        urls = {}
        for key, name in (("ours", OURS), ("unpatched", UNPATCHED)):
            folder = Path(scratch, key)
            folder.mkdir()
            contender = serving(key, folder, f"sqlite:///{folder}/clinic.db", 1, None)
            urls[name] = list(stack.enter_context(contender))
        lines = [*HEAD, *asyncio.run(measure(urls, ACTION if given.action else PLAIN, given))]
    print("\n".join(lines))
    what = "-action" if given.action else ""
    report.write(f"beside{what}", "Beside Rasa as published with the same model", lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
