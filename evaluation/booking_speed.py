"""How long a booking turn takes, and a year of one practitioner's availability.

    python -m evaluation.booking_speed

A turn is what a visitor waits for: understanding, the form with its action server over HTTP, the diary in
SQLite, and the reply. One process, one visitor at a time, the trained model in models/.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

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
    """Return the median milliseconds of a year's free slots of one practitioner with 2,900 appointments."""
    diary = diary_of(clinic())
    diary = replace(diary, practitioners=diary.practitioners[:1], horizon=timedelta(days=365))
    starts = [NOW + timedelta(hours=n) for n in range(0, 365 * 24, 3)]
    busy = {f"practitioner:{diary.practitioners[0].name}": [(at, at + timedelta(hours=1)) for at in starts]}
    took = []
    for _ in range(YEARS):
        begun = time.perf_counter()
        free = Availability(diary, diary.services[-1], busy, NOW)
        for day in range(366):
            free.on(diary.today(NOW) + timedelta(days=day))
        took.append((time.perf_counter() - begun) * 1000)
    return statistics.median(took)


def turns() -> list[float]:
    """Return the milliseconds of each turn of some bookings, the first visitor's left out."""
    from tests.booking.talking import talking  # noqa: PLC0415 (imports Rasa)

    took = []
    with talking() as talk:
        for number in range(VISITORS + 1):
            visitor = talk.visitor()
            for text in TURNS.split("|"):
                begun = time.perf_counter()
                visitor.says(text)
                took += [(time.perf_counter() - begun) * 1000] if number else []
    return took


def main() -> None:
    """Measure both and print them."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CLINIC_FILE"] = str(PROJECT / "tests" / "clinic.yml")
        os.environ["CLINIC_NOW"] = NOW.isoformat()
        os.environ["DATABASE_URL"] = f"sqlite:///{Path(folder) / 'clinic.db'}"
        migrate()
        print(f"a year of availability: median {availability():.1f} ms of {YEARS}")
        took = turns()
        quantile = statistics.quantiles(took, n=20)[-1]
        print(f"a booking turn: median {statistics.median(took):.1f} ms, 95th percentile {quantile:.1f} ms")


if __name__ == "__main__":
    main()
