"""Can a slot be sold twice, an appointment be lost, or a time stay blocked? Many clients, and kill -9.

    python -m evaluation.booking_load                  # 50 clients, 200 rounds, 50 kills, both databases
    python -m evaluation.booking_load --rounds 20 --clients 10 --kills 5 --databases sqlite

Clients are threads in two processes that share nothing but the database. Whatever happened is verified
afterwards with plain SQL. Nothing here is random between runs but the scheduling.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing.synchronize import Barrier
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from clinic.booking import store
from clinic.booking.model import SlotTaken
from clinic.database import appointment_changes, appointments, database, migrate
from evaluation.booking_checks import expect, verify
from evaluation.booking_clients import FORK, PROCESSES, START, TURN, book, move, slot_of
from evaluation.booking_kills import killed


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
        yield _met(partial(book, n, f"{number}-{n}", START))


def _mixed(number: int, rounds: int, barrier: Barrier) -> Iterator[str]:
    """Go after each round's slot in this client's way, and again when all holds of the round have expired."""
    own = book(rounds + number, f"own-{number}", START)
    for n in range(rounds):
        now, key = START + n * TURN, f"{number}-{n}"
        barrier.wait()
        kind = (number + n) % 3
        if kind == 0:
            yield _met(partial(book, n, key, now))
        elif kind == 1:
            yield _met(partial(move, own, n, key, now), "moved")
        else:
            yield _met(partial(store.hold, database(), slot_of(n), key, now), "held")
            if number % 2:  # the others leave, and their holds expire
                yield _met(partial(book, n, key, now))
        barrier.wait()
        if kind == 0:
            yield _met(partial(book, n, f"{key}-again", now + TURN))


def _met(write: Callable[[], object], name: str = "booked") -> str:
    try:
        write()
    except SlotTaken:
        return "taken"
    except sa.exc.SQLAlchemyError as error:
        print(error)
        return "failed"
    return name


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
