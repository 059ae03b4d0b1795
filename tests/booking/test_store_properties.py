from __future__ import annotations

import contextlib
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.booking import store, taken
from clinic.booking.model import AppointmentNotFound, Slot, SlotTaken, StatusRefused
from clinic.booking.records import By, Client
from clinic.database import appointment_changes, appointments, taken_time
from tests.booking.diaries import ADA, BEN

NOW = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)  # the clocks go back in the night
JANE = Client("Jane Doe", "jane@example.com")
buffers = st.sampled_from([timedelta(), timedelta(minutes=5), timedelta(minutes=12)])
slots = st.builds(
    lambda start, minutes, who, room, before, after: Slot(
        NOW + timedelta(minutes=start), NOW + timedelta(minutes=start + minutes), who, room, before, after
    ),
    st.integers(0, 240),  # any minute: services of odd lengths start off the five minutes
    st.integers(1, 90),
    st.sampled_from([ADA, BEN]),
    st.sampled_from(["", "Blue room"]),
    buffers,
    buffers,
)
steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["book", "move", "hold"]), slots, st.integers(0, 8)),
        st.tuples(st.sampled_from(["cancel", "missed", "release"]), st.none(), st.integers(0, 8)),
        st.tuples(st.just("wait"), st.none(), st.integers(1, 8)),
    ),
    min_size=2,
    max_size=14,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_no_steps_leave_two_overlaps_of_a_practitioner_or_a_room(engine, todo):
    with engine.begin() as connection:
        for table in (taken_time, appointment_changes, appointments):
            connection.execute(table.delete())
    made, held, now, keys = {}, {}, NOW, count()
    for action, wanted, number in todo:
        if action == "wait":
            now += timedelta(minutes=number)
            continue
        with contextlib.suppress(SlotTaken, AppointmentNotFound, StatusRefused):
            _step(engine, made, held, action, wanted, number, By(f"change-{next(keys)}", now))
        _assert_sound(engine, held, now)


def _step(engine, made, held, action, wanted, number, by):
    key = f"key-{number}"
    if action == "book":
        made[number] = store.book(engine, wanted, "Any", JANE, By(key, by.now))
        held.pop(key, None)
    elif action == "hold":
        until = store.hold(engine, wanted, key, by.now)
        held[key] = (wanted, until)
    elif action == "release":
        store.release(engine, key)
        held.pop(key, None)
    elif number in made and action == "move":
        made[number] = store.move(engine, made[number], wanted, by)
    elif number in made and action == "cancel":
        made[number] = store.cancel(engine, made[number], by)
    elif number in made:
        made[number] = store.set_status(engine, made[number], action, by)


def _assert_sound(engine, held, now):
    """Whoever is booked or holds has all of their cells, and nobody else has any that counts."""
    with engine.connect() as connection:
        rows = connection.execute(sa.select(appointments).where(appointments.c.status != "cancelled")).all()
        cells = connection.execute(sa.select(taken_time)).all()
    have = defaultdict(set)
    for cell in cells:
        if cell.appointment_id or cell.expires_at > now:
            have[cell.appointment_id or cell.hold_key].add((cell.resource, cell.at))
    should = {row.id: _cells(_slot_of(row)) for row in rows}
    should |= {key: _cells(wanted) for key, (wanted, until) in held.items() if until > now}
    assert dict(have) == should
    periods = taken.busy(engine, NOW - timedelta(days=1), NOW + timedelta(days=1), now=now)
    for own in periods.values():
        assert all(first[1] <= second[0] for first, second in pairwise(sorted(own)))


def _slot_of(row):
    before, after = row.starts_at - row.busy_from, row.busy_until - row.ends_at
    return Slot(row.starts_at, row.ends_at, row.practitioner, row.room or "", before, after)


def _cells(wanted):
    return {(resource, at) for resource in wanted.resources for at in taken.cells(wanted)}
