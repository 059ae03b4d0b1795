from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from clinic.booking import store, taken
from clinic.booking.model import Slot, SlotTaken
from clinic.booking.records import By, Client
from tests.booking.diaries import ADA, BEN, at, slot
from tests.booking.test_store_at_once import MANY, at_once, won

TUESDAY = date(2026, 11, 24)
JANE = Client("Jane Doe", "+447700900123")
MORNING, NOON = slot(TUESDAY, "09:00"), slot(TUESDAY, "12:00")
TEN_MINUTES = timedelta(minutes=10)


def test_a_hold_keeps_a_slot_from_others_for_ten_minutes(engine, monday):
    assert store.hold(engine, MORNING, "jane", monday) == monday + TEN_MINUTES
    for moment in (monday, monday + TEN_MINUTES - timedelta(seconds=1)):
        with pytest.raises(SlotTaken):
            store.hold(engine, slot(TUESDAY, "09:30"), "john", moment)
        with pytest.raises(SlotTaken):
            store.book(engine, MORNING, "Any", JANE, By("john", moment))


def test_an_expired_hold_blocks_nobody_and_no_sweeper_is_needed(engine, monday):
    store.hold(engine, MORNING, "jane", monday)
    later = monday + TEN_MINUTES
    assert taken.busy(engine, MORNING.start, MORNING.end, now=later) == {}
    assert store.book(engine, MORNING, "Any", JANE, By("john", later)).slot == MORNING
    with pytest.raises(SlotTaken):
        store.book(engine, MORNING, "Any", JANE, By("jane", later))


def test_who_holds_a_slot_can_book_it_and_nothing_is_left_of_the_hold(engine, monday):
    store.hold(engine, MORNING, "jane", monday)
    store.book(engine, MORNING, "Any", JANE, By("jane", monday))
    with engine.connect() as connection:
        held = connection.execute(taken.taken_time.select().where(taken.taken_time.c.hold_key.isnot(None)))
        assert held.all() == []


def test_who_booked_late_still_gets_the_slot_when_nobody_came_between(engine, monday):
    store.hold(engine, MORNING, "jane", monday)
    assert store.book(engine, MORNING, "Any", JANE, By("jane", monday + timedelta(hours=1))).slot == MORNING


def test_holding_another_slot_gives_the_first_back(engine, monday):
    store.hold(engine, MORNING, "jane", monday)
    store.hold(engine, NOON, "jane", monday)
    assert store.hold(engine, MORNING, "john", monday)


def test_a_refused_hold_leaves_the_hold_before_it(engine, monday):
    store.hold(engine, MORNING, "jane", monday)
    store.hold(engine, NOON, "john", monday)
    with pytest.raises(SlotTaken):
        store.hold(engine, NOON, "jane", monday)
    with pytest.raises(SlotTaken):
        store.hold(engine, MORNING, "john", monday)


def test_a_released_hold_blocks_nobody(engine, monday):
    store.hold(engine, MORNING, "jane", monday)
    store.release(engine, "jane")
    assert store.hold(engine, MORNING, "john", monday)


def test_a_visitor_s_own_hold_is_free_to_them(engine, monday):
    store.hold(engine, MORNING, "jane", monday)
    assert taken.busy(engine, MORNING.start, MORNING.end, now=monday, hold="jane") == {}
    held = taken.busy(engine, MORNING.start, MORNING.end, now=monday, hold="john")
    assert held == {f"practitioner:{ADA}": [(MORNING.start, MORNING.end)]}


def test_a_slot_that_its_holder_books_meanwhile_is_at_no_moment_free(engine, monday):
    store.hold(engine, MORNING, "jane", monday)
    reads = []

    def book_after_the_first_read(*_):
        reads.append(True)
        if len(reads) == 1:
            store.book(engine, MORNING, "Any", JANE, By("jane", monday))

    sa.event.listen(engine, "after_cursor_execute", book_after_the_first_read)
    busy = taken.busy(engine, MORNING.start, MORNING.end, now=monday, hold="john")
    assert busy.keys() == {f"practitioner:{ADA}"}


def test_a_held_slot_can_be_moved_into_by_its_holder_alone(engine, monday):
    made = store.book(engine, MORNING, "Any", JANE, By("jane", monday))
    store.hold(engine, NOON, "moving", monday)
    with pytest.raises(SlotTaken):
        store.move(engine, made, NOON, By("other", monday))
    assert store.move(engine, made, NOON, By("moving", monday)).slot == NOON


def test_an_appointment_is_held_half_an_hour_on_over_its_own_time(engine, monday):
    made = store.book(engine, MORNING, "Any", JANE, By("jane", monday))
    later = slot(TUESDAY, "09:30")
    store.hold(engine, later, "moving", monday, moving=made.reference)
    with pytest.raises(SlotTaken):
        store.book(engine, slot(TUESDAY, "10:00"), "Any", JANE, By("other", monday))
    assert store.move(engine, made, later, By("moving", monday)).slot == later
    assert store.book(engine, slot(TUESDAY, "08:30"), "Any", JANE, By("other", monday))


def test_one_room_is_not_sold_to_two_practitioners(engine, monday):
    start = at(TUESDAY, "09:00")
    with_ada, with_ben = (Slot(start, start + timedelta(hours=1), who, "Blue room") for who in (ADA, BEN))
    store.book(engine, with_ada, "Any", JANE, By("a", monday))
    with pytest.raises(SlotTaken):
        store.book(engine, with_ben, "Any", JANE, By("b", monday))
    assert store.book(engine, slot(TUESDAY, "09:00", practitioner=BEN), "Any", JANE, By("c", monday))


@pytest.mark.parametrize(("start", "free"), [("10:00", False), ("10:10", False), ("10:15", True)])
def test_a_buffer_is_kept_after_an_appointment(engine, monday, start, free):
    quarter = timedelta(minutes=15)
    store.book(engine, Slot(MORNING.start, MORNING.end, ADA, after=quarter), "Any", JANE, By("a", monday))
    if free:
        assert store.book(engine, slot(TUESDAY, start), "Any", JANE, By("b", monday))
    else:
        with pytest.raises(SlotTaken):
            store.book(engine, slot(TUESDAY, start), "Any", JANE, By("b", monday))


def test_of_many_who_hold_one_slot_at_once_one_has_it(engine, monday):
    def holding(n):
        return lambda: store.hold(engine, MORNING, f"key-{n}", monday)

    results = at_once([holding(n) for n in range(MANY)])
    assert sum(result == monday + TEN_MINUTES for result in results) == 1


def test_of_many_after_an_expired_hold_one_gets_the_slot(engine, monday):
    store.hold(engine, MORNING, "gone away", monday)
    later = monday + TEN_MINUTES

    def booking(n):
        return lambda: store.book(engine, MORNING, "Any", JANE, By(f"key-{n}", later))

    assert len(won(at_once([booking(n) for n in range(MANY)]))) == 1
