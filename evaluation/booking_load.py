"""Can a slot be sold twice, an appointment be lost, or a time stay blocked? Many clients, and kill -9.

    python -m evaluation.booking_load                  # 50 clients, 200 rounds, 50 kills, both databases
    python -m evaluation.booking_load --rounds 20 --clients 10 --kills 5 --databases sqlite

Clients are threads in two processes that share nothing but the database. Whatever happened is verified
afterwards with plain SQL. Nothing here is random between runs but the scheduling.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from clinic.booking import store
from clinic.booking.model import AppointmentNotFound, Slot, SlotTaken, StatusRefused
from clinic.booking.records import Appointment, By, Client
from clinic.database import appointment_changes, appointments, database, migrate, taken_time
from evaluation.booking_checks import expect, verify

PROCESSES = 2
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TURN = store.HOLD  # the clients' clock moves on by as much in each round
WHO = "Ada Moor"
FORK = multiprocessing.get_context("fork")


def slot_of(number: int) -> Slot:
    """Return a slot of an hour, each round's on a day of its own, with buffers and a room."""
    start = START + timedelta(days=30 + number)
    quarter = timedelta(minutes=15)
    return Slot(start, start + timedelta(hours=1), WHO, "Blue room", quarter, quarter)


def one_slot(rounds: int, clients: int) -> dict[str, float]:
    """Let all clients of two processes go after one slot, round after round; verify; return the figures."""
    results = _run(_booker, rounds, clients)
    sold = Counter(result for result in results if isinstance(result, str))
    expect(sold["booked"] == rounds, f"{sold} for {rounds} rounds")
    expect(sold["taken"] == rounds * (clients - 1), f"{sold}: not everybody else was told")
    with database().connect() as connection:
        starts = connection.execute(sa.select(appointments.c.starts_at)).scalars().all()
    expect(sorted(starts) == [slot_of(n).start for n in range(rounds)], "each slot exactly once")
    verify()
    return {"rounds": rounds, "sold": sold["booked"], "told": sold["taken"], "failed": sold["failed"]}


def mixed(rounds: int, clients: int) -> dict[str, float]:
    """Let a third book, a third move what they have, and a third hold and often leave; verify."""
    results = _run(_mixed, rounds, clients)
    counts = Counter(results)
    expect(counts["failed"] == 0, f"{counts}")
    with database().connect() as connection:
        changes = connection.execute(
            sa.select(appointment_changes.c.starts_at, appointment_changes.c.what)
        ).all()
    sold = Counter(row.starts_at for row in changes)
    expect(set(sold.values()) == {1}, "a round's slot was sold twice or never")
    expect(len(sold) == rounds + clients, f"{len(sold)} slots were sold in {rounds} rounds")
    verify()
    return {"rounds": rounds, **counts}


def killed(kills: int, seed: int = 7) -> dict[str, float]:
    """Kill working processes at random points; verify that nothing is lost, doubled or blocked."""
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        journals = [Path(folder) / f"{n}.jsonl" for n in range(PROCESSES)]
        workers = [_worker(n, journal) for n, journal in enumerate(journals)]
        for kill in range(kills):
            time.sleep(draw.uniform(0.02, 0.4))
            index = kill % PROCESSES
            os.kill(workers[index].pid or 0, signal.SIGKILL)
            workers[index].join()
            workers[index] = _worker(PROCESSES + kill, journals[index])
        time.sleep(0.3)
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
    refused = {line["key"] for line in lines if line.get("done") == "no"}
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


def _run(client: Callable[..., Iterator[str]], rounds: int, clients: int) -> list[str]:
    """Run clients as threads of two processes, in step; return what each of them met."""
    database().dispose()
    barrier, results = FORK.Barrier(clients), FORK.Queue()
    shares = [range(n, clients, PROCESSES) for n in range(PROCESSES)]
    processes = [
        FORK.Process(target=_process, args=(client, share, rounds, barrier, results)) for share in shares
    ]
    for process in processes:
        process.start()
    met = [result for _ in processes for result in results.get()]
    for process in processes:
        process.join()
    return met


def _process(
    client: Callable[..., Iterator[str]], share: range, rounds: int, barrier: Barrier, results: Any
) -> None:
    with ThreadPoolExecutor(len(share)) as pool:
        met = pool.map(lambda number: list(client(number, rounds, barrier)), share)
        results.put([result for each in met for result in each])


def _booker(number: int, rounds: int, barrier: Barrier) -> Iterator[str]:
    for n in range(rounds):
        barrier.wait()
        yield _met(partial(_book, n, f"{number}-{n}", START))


def _mixed(number: int, rounds: int, barrier: Barrier) -> Iterator[str]:
    """Go after each round's slot in this client's way, and again when all holds of the round have expired."""
    own = _book(rounds + number, f"own-{number}", START)
    for n in range(rounds):
        now, key = START + n * TURN, f"{number}-{n}"
        barrier.wait()
        kind = (number + n) % 3
        if kind == 0:
            yield _met(partial(_book, n, key, now))
        elif kind == 1:
            yield _met(partial(_move, own, n, key, now), "moved")
        else:
            yield _met(partial(store.hold, database(), slot_of(n), key, now), "held")
            if number % 2:  # the others leave, and their holds expire
                yield _met(partial(_book, n, key, now))
        barrier.wait()
        if kind == 0:
            yield _met(partial(_book, n, f"{key}-again", now + TURN))


def _book(number: int, key: str, now: datetime) -> Appointment:
    client = Client(f"Visitor {key}", f"{key}@example.com")
    return store.book(database(), slot_of(number), "Facial acupuncture", client, By(key, now))


def _move(own: Appointment, number: int, key: str, now: datetime) -> Appointment:
    return store.move(database(), own, slot_of(number), By(key, now))


def _met(write: Callable[[], object], name: str = "booked") -> str:
    try:
        write()
    except SlotTaken:
        return "taken"
    except sa.exc.SQLAlchemyError as error:
        print(error)
        return "failed"
    return name


def _worker(number: int, journal: Path) -> Any:
    database().dispose()
    process = FORK.Process(target=_work, args=(number, journal))
    process.start()
    return process


def _work(seed: int, journal: Path) -> None:
    """Book, move, cancel and hold without end, writing down what is tried and what came of it."""
    draw, own = random.Random(seed), list[Appointment]()
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
            own.append(_book(number, by.key, by.now))
        elif what == "move":
            _move(draw.choice(own), number, by.key, by.now)
        elif what == "cancel":
            store.cancel(database(), own.pop(draw.randrange(len(own))), by)
        else:
            store.hold(database(), slot_of(number), by.key, by.now)
            if what == "hold":
                return "held"
            own.append(_book(number, by.key, by.now))
    except (SlotTaken, AppointmentNotFound, StatusRefused):
        return "no"
    return "yes"


@contextmanager
def _databases(names: list[str]) -> Iterator[Iterator[tuple[str, Callable[[], None]]]]:
    """Yield (name, a function that makes an empty database and points the project to it)."""
    from tests.postgres import running_postgres  # noqa: PLC0415 (SQLite needs no server)

    with tempfile.TemporaryDirectory() as folder:

        def sqlite() -> None:
            _use(f"sqlite:///{folder}/{uuid4().hex}.db")

        if "postgresql" not in names:
            yield iter([("sqlite", sqlite)])
            return
        with running_postgres() as server:

            def postgresql() -> None:
                name = f"load_{uuid4().hex}"
                engine = sa.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT", future=True)
                with engine.connect() as connection:
                    connection.execute(sa.text(f"CREATE DATABASE {name}"))
                engine.dispose()
                _use(f"{server}/{name}")

            both = {"sqlite": sqlite, "postgresql": postgresql}
            yield iter((name, both[name]) for name in names)


def _use(url: str) -> None:
    os.environ["DATABASE_URL"] = url
    migrate()


def main() -> None:
    """Run all at full size, or as told, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    options = parser.parse_args()
    runs: dict[str, Callable[[], dict[str, float]]] = {
        "one slot": lambda: one_slot(options.rounds, options.clients),
        "mixed": lambda: mixed(options.rounds, options.clients),
        "kill -9": lambda: killed(options.kills),
    }
    with _databases(options.databases) as databases:
        for name, empty in databases:
            for title, run in runs.items():
                empty()
                start = time.perf_counter()
                figures = run()
                print(f"{name}, {title}: {figures}, {time.perf_counter() - start:.0f} s, sound", flush=True)


if __name__ == "__main__":
    main()
