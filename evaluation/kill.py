"""Workers killed with -9, then all restarted one after the other, while visitors write.

    python -m evaluation.kill                       # 20 messages a second for 5 minutes, 3 workers
    python -m evaluation.kill --seconds 20 --rate 5 --workers 2

Visitors use the widget's protocol: a message that is not confirmed is sent again with its id, to
another worker. Afterwards every confirmed message must be in the database once, with an answer.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import sqlalchemy as sa

from evaluation import report
from evaluation.fleet import Fleet, fleet, scratch

VISITORS = 20
TEXTS = ("does it hurt?", "how much does it cost", "do you treat rosacea", "thanks")
PATIENCE = 60.0  # seconds until the last message is answered
AGAIN = 0.3  # seconds until a message that was not confirmed is sent again
SEED = 20261123


@dataclass(frozen=True)
class Verdict:
    """What became of the messages; lost and doubled must be nought."""

    confirmed: int
    killed: int
    restarted: int
    lost: int
    doubled: int
    unanswered: int
    sent_again: int

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.unanswered)


def main() -> int:
    """Kill and restart under load, judge, write the section; 1 when a message was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--rate", type=float, default=20, help="messages a second")
    parser.add_argument("--workers", type=int, default=3)
    given = parser.parse_args()
    with scratch() as (folder, url):
        verdict = run(folder, url, given.workers, given.seconds, given.rate)
    figures = {"seconds": given.seconds, "messages a second": given.rate, "workers": given.workers}
    figures |= verdict.__dict__
    lines = report.table({name.replace("_", " "): figure for name, figure in figures.items()})
    print("\n".join(lines))
    report.write("kill", "Workers killed and restarted", lines)
    return 0 if verdict.clean else 1


def run(folder: Path, database_url: str, workers: int, seconds: float, rate: float) -> Verdict:
    """Start the workers, let visitors write, kill and restart, and judge."""
    with fleet(folder, database_url, workers) as started:
        writing = Writing(started, rate)
        killed, restarted = asyncio.run(writing.run(seconds))
        patient_until = time.monotonic() + PATIENCE
        while _open(database_url) and time.monotonic() < patient_until:
            time.sleep(0.2)
    return judge(database_url, writing, killed, restarted)


class Writing:
    """Visitors who write at a steady rate, each to whichever worker answers."""

    def __init__(self, started: Fleet, rate: float) -> None:
        self._fleet, self._rate, self._chance = started, rate, random.Random(SEED)
        self._ports = list(started.assistants)
        self.confirmed: set[str] = set()
        self.sent_again = 0

    async def run(self, seconds: float) -> tuple[int, int]:
        """Write for so long, kill in the first half and restart in the second; return how many of each."""
        done = time.monotonic() + seconds
        async with aiohttp.ClientSession() as self._session:
            tokens = [await self._token() for _ in range(VISITORS)]
            writers = [asyncio.create_task(self._write(token, done)) for token in tokens]
            killed = await self._kill(done - seconds / 2)
            restarted = await self._restart_all()
            await asyncio.gather(*writers)
        return killed, restarted

    async def _kill(self, until: float) -> int:
        killed = 0
        while time.monotonic() < until or not killed:
            await asyncio.sleep(self._chance.uniform(1, 5))
            port = self._chance.choice(self._ports)
            process = self._fleet.assistants[port]
            process.kill()
            await asyncio.to_thread(process.wait)
            killed += 1
            print(f"  killed: {killed}", file=sys.stderr, flush=True)
            await self._start_again(port)
        return killed

    async def _restart_all(self) -> int:
        for port in self._ports:
            process = self._fleet.assistants[port]
            process.terminate()
            await asyncio.to_thread(process.wait)
            await self._start_again(port)
            print(f"  restarted: {port}", file=sys.stderr, flush=True)
        return len(self._ports)

    async def _start_again(self, port: int) -> None:
        self._fleet.start_assistant(port)
        await asyncio.to_thread(self._fleet.wait_for, port)

    async def _token(self) -> str:
        url = f"http://127.0.0.1:{self._ports[0]}/chat/session"
        async with self._session.post(url, json={}) as reply:
            return str(json.loads(await reply.read())["token"])

    async def _write(self, token: str, done: float) -> None:
        while time.monotonic() < done:
            start = time.monotonic()
            await self._send(token, str(uuid.uuid4()), self._chance.choice(TEXTS))
            await asyncio.sleep(max(0.0, start + VISITORS / self._rate - time.monotonic()))

    async def _send(self, token: str, message_id: str, text: str) -> None:
        """Send until it is confirmed, as the widget does."""
        while True:
            url = f"http://127.0.0.1:{self._chance.choice(self._ports)}/chat/messages"
            headers, body = {"Authorization": f"Bearer {token}"}, {"id": message_id, "text": text}
            try:
                async with self._session.post(url, json=body, headers=headers) as reply:
                    if reply.status == 202:
                        self.confirmed.add(message_id)
                        return
            except aiohttp.ClientError:
                pass
            self.sent_again += 1
            await asyncio.sleep(AGAIN)


def _open(database_url: str) -> int:
    """Return how many messages were taken in and are not answered."""
    engine = sa.create_engine(database_url, future=True)
    with engine.connect() as connection:
        waiting = sa.text("SELECT count(*) FROM received_messages WHERE answered_at IS NULL")
        count = int(connection.execute(waiting).scalar_one())
    engine.dispose()
    return count


def judge(database_url: str, writing: Writing, killed: int, restarted: int) -> Verdict:
    """Compare what was confirmed with what the database holds."""
    engine = sa.create_engine(database_url, future=True)
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT data FROM events WHERE type_name = 'user'")).scalars()
        kept = [json.loads(data)["message_id"] for data in rows]
    engine.dispose()
    open_ones = _open(database_url)
    lost = len(writing.confirmed - set(kept)) - open_ones
    doubled = len(kept) - len(set(kept))
    return Verdict(
        len(writing.confirmed), killed, restarted, max(0, lost), doubled, open_ones, writing.sent_again
    )


if __name__ == "__main__":
    sys.exit(main())
