"""What a message costs early and late in a long conversation, and whether memory grows.

    python -m evaluation.length                                # 5 conversations of 400 turns
    python -m evaluation.length --turns 40 --conversations 2
    python -m evaluation.length --turns 10 --conversations 5000   # memory over 50,000 messages

The processor time is that of the assistant's process, whatever else the machine does.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from evaluation import report
from evaluation.fleet import fleet
from evaluation.load import PLAIN, ask
from evaluation.machine import memory

EARLY, SPAN = 5, 10  # messages around turn 5 are those of the first ten turns
WARM_UP = 10  # conversations' worth of memory that is taken once


@dataclass(frozen=True)
class Cost:
    """Processor time of a message in milliseconds, early and late; memory in MB, before and after."""

    early: float
    late: float
    before: float
    after: float


def main() -> int:
    """Hold the conversations, print and write the section."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--turns", type=int, default=400)
    parser.add_argument("--conversations", type=int, default=5)
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as scratch,
        fleet(Path(scratch), f"sqlite:///{scratch}/clinic.db") as started,
    ):
        ((port, process),) = started.assistants.items()
        cost = asyncio.run(hold(f"http://127.0.0.1:{port}", process.pid, given.turns, given.conversations))
    lines = report.table(
        {
            "turns": given.turns,
            "conversations": given.conversations,
            "first ten turns": f"{cost.early:.1f} ms",
            "last ten turns": f"{cost.late:.1f} ms",
            "ratio": f"{cost.late / cost.early:.2f}",
            "memory before": f"{cost.before:.0f} MB",
            "after": f"{cost.after:.0f} MB",
        }
    )
    print("\n".join(lines))
    report.write("length", "Long conversations", lines)
    return 0


async def hold(url: str, pid: int, turns: int, conversations: int) -> Cost:
    """Hold the conversations one after the other."""
    early, late = 0.0, 0.0
    async with aiohttp.ClientSession() as session:
        for _ in range(WARM_UP):
            await _conversation(session, url, pid, 2 * EARLY)
        before = memory(pid)[0]
        for number in range(1, conversations + 1):
            first, last = await _conversation(session, url, pid, turns)
            early, late = early + first, late + last
            report.progress("conversations", number, conversations)
    messages = conversations * SPAN
    return Cost(early / messages, late / messages, before, memory(pid)[0])


async def _conversation(
    session: aiohttp.ClientSession, url: str, pid: int, turns: int
) -> tuple[float, float]:
    """Return the processor time of the first ten turns and of the last ten, in milliseconds."""
    sender, used = uuid.uuid4().hex, [_processor_time(pid)]
    for turn in range(turns):
        await ask(session, url, sender, PLAIN[turn % len(PLAIN)])
        if turn + 1 in {SPAN, turns - SPAN, turns}:
            used.append(_processor_time(pid))
    return used[1] - used[0], used[-1] - used[-2]


def _processor_time(pid: int) -> float:
    """Return a process's user and system time in milliseconds."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main())
