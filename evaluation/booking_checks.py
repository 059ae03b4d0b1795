"""What must be true of the booking tables at any time, checked with SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise

import sqlalchemy as sa
from sqlalchemy.engine import Row

from clinic.booking import taken
from clinic.booking.model import Slot
from clinic.database import appointment_changes, appointments, database, taken_time


def expect(truth: object, otherwise: str) -> None:
    """Raise SystemExit with what is not sound, unless it is."""
    if not truth:
        raise SystemExit(f"NOT SOUND: {otherwise}")


def verify() -> None:
    """Check that no time is sold twice and that every appointment has its time and its history."""
    with database().connect() as connection:
        rows = connection.execute(sa.select(appointments)).all()
        cells = _by_appointment(connection.execute(sa.select(taken_time)))
        in_order = sa.select(appointment_changes).order_by(appointment_changes.c.sequence)
        changes = _by_appointment(connection.execute(in_order))
    ends: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for row in rows:
        _verify_one(row, cells[row.id], changes[row.id])
        for name in _slot(row).resources if row.status != "cancelled" else ():
            ends[name].append((row.busy_from, row.busy_until))
    for name, periods in ends.items():
        expect(all(a[1] <= b[0] for a, b in pairwise(sorted(periods))), f"{name} has two at once")


def _verify_one(row: Row, cells: list[Row], history: list[Row]) -> None:
    slot, own = _slot(row), {(cell.resource, cell.at) for cell in cells}
    wanted = {(name, at) for name in slot.resources for at in taken.cells(slot)}
    expect(own == (set() if row.status == "cancelled" else wanted), f"the time of {row.reference}")
    expect([c.sequence for c in history] == list(range(row.sequence + 1)), f"the history of {row.reference}")
    last = history[-1]
    expect((last.what, last.starts_at) == (row.status, row.starts_at), f"the end of {row.reference}")


def _slot(row: Row) -> Slot:
    before, after = row.starts_at - row.busy_from, row.busy_until - row.ends_at
    return Slot(row.starts_at, row.ends_at, row.practitioner, row.room or "", before, after)


def _by_appointment(rows: Iterable[Row]) -> dict[int, list[Row]]:
    grouped: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row.appointment_id].append(row)
    return grouped
