from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.booking import store
from clinic.booking.model import AppointmentNotFound, Slot, SlotTaken
from clinic.booking.store import Client
from clinic.database import appointments, sold_time
from tests.booking.diaries import ADA, BEN

NOW = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)  # the clocks go back in the night
JANE = Client("Jane Doe", "jane@example.com")
slots = st.builds(
    lambda start, minutes, who: Slot(
        NOW + timedelta(minutes=start), NOW + timedelta(minutes=start + minutes), who
    ),
    st.integers(0, 240),  # any minute: services of odd lengths start off the five minutes
    st.integers(1, 90),
    st.sampled_from([ADA, BEN]),
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("book"), slots, st.integers(0, 8)),
        st.tuples(st.just("move"), slots, st.integers(0, 8)),
        st.tuples(st.just("cancel"), st.none(), st.integers(0, 8)),
    ),
    min_size=2,
    max_size=14,
)


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps)
def test_no_steps_leave_two_overlapping_appointments_of_one_practitioner(engine, todo):
    with engine.begin() as connection:
        connection.execute(sold_time.delete())
        connection.execute(appointments.delete())
    made = {}
    for action, wanted, number in todo:
        _step(engine, made, action, wanted, number)
        _assert_sound(engine)


def _step(engine, made, action, wanted, number):
    try:
        if action == "book":
            key = f"key-{number}"
            made[number] = store.book(engine, wanted, "Any", JANE, key=key, conversation=None, now=NOW)
        elif number in made and action == "move":
            made[number] = store.move(engine, made[number], wanted, NOW)
        elif number in made:
            made[number] = store.cancel(engine, made[number], NOW)
    except (SlotTaken, AppointmentNotFound):
        pass


def _assert_sound(engine):
    with engine.connect() as connection:
        rows = connection.execute(sa.select(appointments).where(appointments.c.status != "cancelled")).all()
        cells = Counter(row.appointment_id for row in connection.execute(sa.select(sold_time)))
    for name in (ADA, BEN):
        own = sorted((row.starts_at, row.ends_at) for row in rows if row.practitioner == name)
        assert all(first[1] <= second[0] for first, second in pairwise(own))
        assert sorted(store.busy(engine, NOW, NOW + timedelta(days=1)).get(name, [])) == own
    assert set(cells) == {row.id for row in rows}  # who is booked holds time, and nobody else does
