"""Processes that work on the booking tables and are killed at random points; what they leave is verified."""

from __future__ import annotations

import json
import os
import random
import signal
import tempfile
import time
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa

from clinic.booking import store
from clinic.booking.model import AppointmentNotFound, SlotTaken, StatusRefused
from clinic.booking.records import Appointment, By, Client, made_with
from clinic.database import appointment_changes, database, taken_time
from evaluation.booking_checks import expect, verify
from evaluation.booking_clients import FORK, PROCESSES, START, TURN, book, move, slot_of


def killed(kills: int, seed: int = 7) -> dict[str, float]:
    """Kill working processes at random points; verify that nothing is lost, doubled or blocked."""
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        journals = [Path(folder) / f"{n}.jsonl" for n in range(PROCESSES)]
        workers = [_worker(n, journal) for n, journal in enumerate(journals)]
        for kill in range(kills):
            index = kill % PROCESSES
            time.sleep(draw.uniform(0, 0.3))
            os.kill(workers[index].pid or 0, signal.SIGKILL)
            workers[index].join()
            workers[index] = _worker(PROCESSES + kill, journals[index])
        time.sleep(0.5)
        for worker in workers:
            os.kill(worker.pid or 0, signal.SIGKILL)
            worker.join()
        lines = [
            json.loads(line) for j in journals for line in j.read_text().splitlines() if line.endswith("}")
        ]
    return {"kills": kills + PROCESSES, **_verify_journal(lines)}


def _verify_journal(lines: list[dict[str, str]]) -> dict[str, float]:
    tried = {line["key"] for line in lines if "done" not in line}
    done = {line["key"] for line in lines if line.get("done") == "yes"}
    refused = {line["key"] for line in lines if line.get("done") in {"no", "held"}}
    with database().connect() as connection:
        found = Counter(connection.execute(sa.select(appointment_changes.c.idempotency_key)).scalars())
    expect(not done - found.keys(), f"lost: {done - found.keys()}")
    expect(not refused & found.keys(), "refused and yet stored")
    expect(found.keys() <= tried, "stored and never tried")
    expect(set(found.values()) <= {1}, "stored twice")
    expect(bool(done), "nothing was done")
    later = START + TURN + timedelta(microseconds=1)
    verify()
    _expect_nothing_blocked(later)
    unanswered = tried - done - refused
    return {
        "answered": len(done),
        "interrupted": len(unanswered),
        "of them stored": len(unanswered & found.keys()),
    }


def _expect_nothing_blocked(later: datetime) -> None:
    """Book every slot that a hold was left on: after ten minutes none is kept from anybody."""
    with database().connect() as connection:
        left = connection.execute(
            sa.select(sa.func.min(taken_time.c.at))
            .where(taken_time.c.hold_key.isnot(None))
            .group_by("hold_key")
        ).scalars()
        days = [(at.date() - START.date()).days - 30 for at in left]
    for number in days:
        with suppress(SlotTaken):  # an appointment may have the rest of that day's hours
            by = By(f"afterwards-{number}", later)
            store.book(database(), slot_of(number), "Any", Client("Late", "late@example.com"), by)
    with database().connect() as connection:
        held = connection.execute(
            sa.select(sa.func.count()).select_from(taken_time).where(taken_time.c.expires_at > later)
        )
        expect(held.scalar() == 0, "a hold lasts longer than ten minutes")
    verify()


def _worker(number: int, journal: Path) -> BaseProcess:
    database().dispose()
    process = FORK.Process(target=_work, args=(number, journal))
    before = journal.stat().st_size if journal.exists() else 0
    process.start()
    for _ in range(2000):  # until it is at work
        if journal.exists() and journal.stat().st_size > before:
            return process
        time.sleep(0.01)
    raise SystemExit("a process did not begin to work")


def _work(seed: int, journal: Path) -> None:
    """Book, move, cancel and hold without end, writing down what is tried and what came of it."""
    draw, own = random.Random(seed), list[Appointment]()
    made_with(database(), "nothing yet")  # connected before the first thing is tried
    with journal.open("a", encoding="utf-8") as file:
        while True:
            key, number = f"{seed}-{uuid4().hex}", draw.randrange(200)
            file.write("\n" + json.dumps({"key": key}) + "\n")
            file.flush()
            done = _step(draw, own, number, By(key, START))
            file.write(json.dumps({"key": key, "done": done}) + "\n")
            file.flush()


def _step(draw: random.Random, own: list[Appointment], number: int, by: By) -> str:
    """Do one thing; say whether it was stored."""
    what = draw.choice(["book", "book", "move", "cancel", "hold", "hold and book"])
    try:
        if what == "book" or (what in {"move", "cancel"} and not own):
            own.append(book(number, by.key, by.now))
        elif what == "move":
            move(draw.choice(own), number, by.key, by.now)
        elif what == "cancel":
            store.cancel(database(), own.pop(draw.randrange(len(own))), by)
        else:
            store.hold(database(), slot_of(number), by.key, by.now)
            if what == "hold":
                return "held"
            own.append(book(number, by.key, by.now))
    except (SlotTaken, AppointmentNotFound, StatusRefused):
        return "no"
    return "yes"
