"""How long a booking turn takes, and a year of one practitioner's availability.

    python -m evaluation.booking_speed

A turn is what a visitor waits for: understanding, the form with its action server over HTTP, the diary in
SQLite, and the reply. All of it is in one process, so that its processor time can be read off as well:
that depends less on what else the machine does. One visitor at a time, the trained model in models/.
"""

from __future__ import annotations

import logging
import os
import statistics
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from clinic.booking.availability import Availability
from clinic.booking.diary import diary_of
from clinic.database import migrate
from clinic.settings import clinic
from clinic.settings.environment import PROJECT

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
VISITORS, YEARS = 12, 25
TURNS = (
    "hi can i book|facial acupuncture|tuesday|another day|mornings only|the first one|Jo Park|"
    "07700 900789|yes"
)


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


def turns() -> tuple[list[float], list[float]]:
    """Return the milliseconds of each turn and of its processor time, the first visitor's left out."""
    from tests.booking.talking import talking  # noqa: PLC0415 (imports Rasa)

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    took, worked = [], []
    with talking() as talk:
        for number in range(VISITORS + 1):
            visitor = talk.visitor()
            for text in TURNS.split("|"):
                begun, busy = time.perf_counter(), time.process_time()
                visitor.says(text)
                if number:
                    took.append((time.perf_counter() - begun) * 1000)
                    worked.append((time.process_time() - busy) * 1000)
    return took, worked


def main() -> None:
    """Measure both and print them."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CLINIC_FILE"] = str(PROJECT / "tests" / "clinic.yml")
        os.environ["CLINIC_NOW"] = NOW.isoformat()
        os.environ["DATABASE_URL"] = f"sqlite:///{Path(folder) / 'clinic.db'}"
        migrate()
        print(f"a year of availability, processor time: median {availability():.1f} ms of {YEARS}")
        for what, took in zip(("a booking turn", "its processor time"), turns(), strict=True):
            last = statistics.quantiles(took, n=20)[-1]
            print(f"{what}: median {statistics.median(took):.1f} ms, 95th percentile {last:.1f} ms")


if __name__ == "__main__":
    main()
