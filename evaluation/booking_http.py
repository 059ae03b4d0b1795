"""Fifty visitors after one slot at once, through the whole assistant: the widget's channel over HTTP.

    python -m evaluation.booking_http                        # 50 visitors, 10 rounds; some minutes
    python -m evaluation.booking_http --visitors 10 --rounds 2

In each round everybody asks for the same time of another day with one message, name and address included, and
says yes to what is read back. One is booked, all others are told and offered other times; SQL verifies it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier
from typing import Any

import sqlalchemy as sa

from clinic.database import appointments, database
from evaluation.booking_checks import expect, verify
from tests.assistant import Assistant

DAYS = (  # on which the tests' clinic is open at eleven
    "24 November",
    "25 November",
    "27 November",
    "30 November",
    "1 December",
    "2 December",
    "4 December",
    "7 December",
    "8 December",
    "9 December",
)
ASKING_SECONDS, TOO_FAST, MOST_TRIES = 120, 429, 10
APOLOGY = "Please try again in a moment"


@dataclass(frozen=True)
class Visit:
    """What a visitor came away with.

    Attributes:
        outcome: ``booked`` or ``told``.
        waited: Seconds to the first reply.
        apologies: How often the assistant was too slow, said so, and was asked again.

    """

    outcome: str
    waited: float
    apologies: int


def rush(assistant: Assistant, day: str, visitors: int) -> list[Visit]:
    """Let visitors go after eleven o'clock of one day all at once."""
    barrier = Barrier(visitors)
    with ThreadPoolExecutor(visitors) as pool:
        return list(pool.map(lambda number: _visit(assistant, day, number, barrier), range(visitors)))


def check(rounds: int) -> None:
    """Verify with SQL, in the assistant's database, that each round's slot was sold once and no other was."""
    verify()
    with database().connect() as connection:
        starts = Counter(connection.execute(sa.select(appointments.c.starts_at)).scalars())
    expect(len(starts) == rounds, f"{len(starts)} slots were sold in {rounds} rounds")
    expect(set(starts.values()) == {1}, "a slot was sold twice")


def _visit(assistant: Assistant, day: str, number: int, barrier: Barrier) -> Visit:
    token = assistant.session()
    words = f"book a facial on {day} at 11am, my name is Visitor Quill, visitor{number}@example.com"
    barrier.wait(ASKING_SECONDS)
    begun = time.perf_counter()
    said, apologies = _patiently(assistant, token, words)
    waited = time.perf_counter() - begun
    if "isn't free" in said:
        return Visit("told", waited, apologies)
    expect("Let me read that back" in said, f"a visitor was told: {said}")
    said, more = _patiently(assistant, token, "yes")
    expect("You're booked" in said, f"a visitor said yes and was told: {said}")
    return Visit("booked", waited, apologies + more)


def _patiently(assistant: Assistant, token: str, text: str) -> tuple[str, int]:
    """Say something, again where the assistant asks for that; return the reply and how often it asked."""
    for apologies in range(MOST_TRIES):
        said = _reply(assistant, token, text)
        if APOLOGY not in said:
            return said, apologies
    raise SystemExit(f"NOT SOUND: {MOST_TRIES} apologies to one visitor")


def _reply(assistant: Assistant, token: str, text: str) -> str:
    """Say something and return the words of the answer, once it is there."""
    before, message = len(_said(assistant, token)), str(uuid.uuid4())
    while assistant.send(token, text, message)[0] == TOO_FAST:  # all visitors have one address
        time.sleep(1)
    deadline = time.monotonic() + ASKING_SECONDS
    while time.monotonic() < deadline:
        said = _said(assistant, token)[before:]
        if len(said) > 1 and said[-1]["from"] == "bot":
            return " ".join(one.get("text", "") for one in said if one["from"] == "bot")
        time.sleep(0.2)
    raise SystemExit(f"NOT SOUND: no answer in {ASKING_SECONDS} s")


def _said(assistant: Assistant, token: str) -> list[dict[str, Any]]:
    return [event for event in assistant.events(token) if event["event"] == "message"]


def main() -> None:
    """Start an assistant, let all come and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--visitors", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=len(DAYS))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        assistant = Assistant(Path(folder)).wait()
        os.environ["DATABASE_URL"] = f"sqlite:///{folder}/clinic.db"
        try:
            visits = [
                visit for day in DAYS[: options.rounds] for visit in rush(assistant, day, options.visitors)
            ]
            check(options.rounds)
        finally:
            assistant.stop()
    outcomes, waited = Counter(visit.outcome for visit in visits), [visit.waited for visit in visits]
    expect(outcomes["booked"] == options.rounds, f"{outcomes} in {options.rounds} rounds")
    last = statistics.quantiles(waited, n=20)[-1]
    print(f"{options.rounds} rounds of {options.visitors} visitors: {dict(outcomes)}, sound")
    print(
        f"apologies for being slow, after which the visitor asked again: {sum(v.apologies for v in visits)}"
    )
    print(f"the first reply: median {statistics.median(waited):.1f} s, 95th percentile {last:.1f} s")


if __name__ == "__main__":
    main()
