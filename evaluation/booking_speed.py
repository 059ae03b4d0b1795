"""How long a booking turn takes beside the same turn in stock Rasa, and a year of availability.

    python -m evaluation.booking_speed

A turn is what a visitor waits for: understanding, the form with its action server over HTTP, the diary in
SQLite, and the reply. All of it is in one process, so that its processor time can be read off as well:
that depends less on what else the machine does. One visitor at a time, the trained model in models/.

The stock side is the same conversation in the same process with Rasa's own way to call an action, nothing of
it patched; the two take turns, visitor by visitor. Beside them stands the smallest turn with a custom action
that stock Rasa can have, in a process of its own (evaluation.stock_action).
"""

from __future__ import annotations

import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import EndpointConfig

from clinic.booking.availability import Availability
from clinic.booking.diary import diary_of
from clinic.database import migrate
from clinic.settings import clinic
from clinic.settings.environment import PROJECT

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
VISITORS, YEARS = 12, 25
# Rasa's own, before the project's patches are imported.
STOCK: dict[tuple[Any, str], Any] = {
    (kind, name): getattr(kind, name)
    for kind, name in (
        (RemoteAction, "_validate_action_result"),
        (RemoteAction, "_action_call_format"),
        (EndpointConfig, "session"),
    )
}
TURNS = (
    "hi can i book|facial acupuncture|tuesday|another day|mornings only|the first one|Jo Park|"
    "07700 900789|yes"
)


@dataclass
class Figures:
    """Milliseconds of turns: how long each ``took``, and how long the processor ``worked`` for it."""

    took: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The median processor time."""
        return statistics.median(self.worked)

    def __str__(self) -> str:
        """Say both medians, and the processor time's 95th percentile."""
        last = statistics.quantiles(self.worked, n=20)[-1]
        took = statistics.median(self.took)
        return f"{self.median:.1f} ms of the processor (95th percentile {last:.1f}), {took:.1f} ms in all"


def availability() -> float:
    """Return the median processor time in ms of a year's free slots, beside 2,900 appointments."""
    diary = diary_of(clinic())
    diary = replace(diary, practitioners=diary.practitioners[:1], horizon=timedelta(days=365))
    starts = [NOW + timedelta(hours=n) for n in range(0, 365 * 24, 3)]
    busy = {f"practitioner:{diary.practitioners[0].name}": [(at, at + timedelta(hours=1)) for at in starts]}
    took = []
    for _ in range(YEARS):
        begun = time.process_time()
        free = Availability(diary, diary.services[-1], busy, NOW)
        for day in range(366):
            free.on(diary.today(NOW) + timedelta(days=day))
        took.append((time.process_time() - begun) * 1000)
    return statistics.median(took)


@contextmanager
def stock_calls() -> Iterator[None]:
    """Call actions as stock Rasa does."""
    ours = {(kind, name): getattr(kind, name) for kind, name in STOCK}
    for (kind, name), function in STOCK.items():
        setattr(kind, name, function)
    try:
        yield
    finally:
        for (kind, name), function in ours.items():
            setattr(kind, name, function)


def turns() -> tuple[Figures, Figures]:
    """Return the milliseconds of each turn, ours and with stock calls, the first visitor's left out."""
    from tests.booking.talking import Talk, talking  # noqa: PLC0415 (imports Rasa's server and the patches)

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    ours, stock = Figures(), Figures()

    def visit(talk: Talk, figures: Figures) -> None:
        visitor = talk.visitor()
        for text in TURNS.split("|"):
            begun, busy = time.perf_counter(), time.process_time()
            visitor.says(text)
            figures.took.append((time.perf_counter() - begun) * 1000)
            figures.worked.append((time.process_time() - busy) * 1000)

    with talking() as talk:
        visit(talk, Figures())
        for _ in range(VISITORS):
            visit(talk, ours)
            with stock_calls():
                visit(talk, stock)
    return ours, stock


def smallest() -> Figures:
    """Return the figures of evaluation.stock_action."""
    environment = os.environ | {"RASA_TELEMETRY_ENABLED": "false", "TQDM_DISABLE": "1"}
    command = [sys.executable, "-W", "ignore", "-m", "evaluation.stock_action"]
    done = subprocess.run(
        command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
    )
    return Figures(**json.loads(done.stdout.decode().splitlines()[-1]))


def main() -> None:
    """Measure all and print it."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CLINIC_FILE"] = str(PROJECT / "tests" / "clinic.yml")
        os.environ["CLINIC_NOW"] = NOW.isoformat()
        os.environ["DATABASE_URL"] = f"sqlite:///{Path(folder) / 'clinic.db'}"
        migrate()
        ours, stock = turns()
        year, turn = availability(), ours.median
        print(f"a booking turn: {ours}")
        print(f"the same with stock Rasa's action calls: {stock}; ratio {turn / stock.median:.2f}")
        least = smallest()
        print(f"stock Rasa's smallest turn with an action: {least}; ratio {turn / least.median:.2f}")
        print(f"a year of availability: {year:.1f} ms; ratio to the booking turn {year / turn:.2f}")


if __name__ == "__main__":
    main()
