"""What becomes of Rasa as it is published under what this assistant is measured with elsewhere.

    python -m evaluation.weaknesses               # ten minutes
    python -m evaluation.weaknesses --turns 40 --pairs 20

It is Rasa 3.6.21 with this assistant's model and none of its patches, on Rasa's own tracker store.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from sqlalchemy.engine import make_url

from evaluation import length, pairs, report
from evaluation.contenders import unpatched
from evaluation.fleet import scratch

HUGE = 3_000_000  # characters of one message
EXIT_SECONDS = 60
PATIENCE = 600  # seconds; a server that is busy with 3 MB answers nobody
ACTION = "my mum had a session and loved it"  # a custom action answers it
Running = dict[str, subprocess.Popen[bytes]]


def main() -> int:
    """Try each weakness on a server of its own, print and write the section."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--turns", type=int, default=400, help="of the long conversation")
    parser.add_argument("--pairs", type=int, default=120, help="of messages at the same moment")
    given = parser.parse_args()
    rows = [*on_sqlite(given.turns), at_the_same_moment(given.pairs)]
    lines = ["| | Rasa as published |", "|---|---|", *(f"| {what} | {came} |" for what, came in rows)]
    print("\n".join(lines))
    report.write("weaknesses", "Rasa as published", lines)
    return 0


def on_sqlite(turns: int) -> list[tuple[str, str]]:
    """Return what came of a long conversation, an action server that is away, a long and a wrong message."""
    with tempfile.TemporaryDirectory() as folder:
        with unpatched(Path(folder), f"sqlite:///{folder}/clinic.db") as running:
            ((url, process),) = running.items()
            cost = asyncio.run(length.hold(url, process.pid, turns, 1))
            waited = asyncio.run(beside_a_long_message(url))
            ended = after_a_lone_surrogate(url, process)
        silent = without_actions(Path(folder))
    return [
        (f"processor time of a message, turn {turns} to turn 5", f"{cost.late / cost.early:.1f} times"),
        ("another visitor's wait beside one message of 3 MB", f"{waited:.1f} s"),
        ("one message whose sender is half a surrogate pair", ended),
        ("a custom action while the action server is away", silent),
    ]


async def beside_a_long_message(url: str) -> float:
    """Return how long the server does not answer anybody while it reads a message of 3 MB, in seconds."""
    long = asyncio.create_task(asyncio.to_thread(_say, url, "long", "a " * (HUGE // 2)))
    await asyncio.sleep(0.2)
    start = time.monotonic()
    await asyncio.to_thread(_get, url)
    waited = time.monotonic() - start
    await long
    return waited


def after_a_lone_surrogate(url: str, process: subprocess.Popen[bytes]) -> str:
    """Say what one message does to the server."""
    with contextlib.suppress(OSError, json.JSONDecodeError):
        _say(url, "\ud800", "hello")
    try:
        return f"the server ends (exit code {process.wait(EXIT_SECONDS)})"
    except subprocess.TimeoutExpired:
        return "the server goes on"


def without_actions(folder: Path) -> str:
    """Say what a visitor reads while the action server is away."""
    with unpatched(folder, f"sqlite:///{folder}/clinic.db", actions=False) as running:
        (url,) = running
        status, replies = _say(url, "silent", ACTION)
        return f"HTTP {status}, the visitor reads {replies!r}"


def at_the_same_moment(count: int) -> tuple[str, str]:
    """Return how many pairs of messages, sent to two processes on PostgreSQL, were processed at once."""
    with scratch() as (folder, url):
        parts = make_url(url)
        store = f"tracker_store: {{type: SQL, dialect: postgresql, url: {parts.host}, port: {parts.port}, "
        store += f"db: {parts.database}, username: {parts.username}, password: '{parts.password or ''}'}}"
        with unpatched(folder, f"sqlite:///{folder}/clinic.db", store, 2) as running:
            found = asyncio.run(pairs.run(list(running), url, count))
    came = f"{found.overlapping} of {count} overlap, events of {found.lost} are lost"
    return "pairs of messages at the same moment, two processes, Rasa's default lock", came


def _say(url: str, sender: str, message: str) -> tuple[int, str]:
    body = json.dumps({"sender": sender, "message": message}).encode()
    request = urllib.request.Request(
        f"{url}/webhooks/rest/webhook", body, {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
            said = json.loads(reply.read())
            return reply.status, " ".join(part.get("text", "") for part in said)
    except urllib.error.HTTPError as error:
        return error.code, ""


def _get(url: str) -> None:
    with urllib.request.urlopen(url, timeout=PATIENCE) as reply:
        reply.read()


if __name__ == "__main__":
    sys.exit(main())
