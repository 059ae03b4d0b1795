from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings

from clinic.booking.model import Practitioner, Service
from tests.booking.availability_rules import cases, check
from tests.booking.diaries import ADA, BEN, EVERY_DAY, HOUR, at, diary, free_on, hours, starts

TUESDAY = date(2026, 11, 24)
QUARTER = timedelta(minutes=15)
FOR_ADA, FOR_BLUE = f"practitioner:{ADA}", "room:Blue"


@settings(max_examples=500)
@given(cases())
def test_exactly_the_slots_that_keep_all_rules_are_free(case):
    check(case)


def test_buffers_keep_appointments_apart(monday):
    service = replace(HOUR, before=QUARTER, after=QUARTER)
    busy = {FOR_ADA: [(at(TUESDAY, "12:00"), at(TUESDAY, "13:00"))]}
    free = starts(free_on(diary(), service, TUESDAY, busy, monday))
    assert "10:30" in free
    assert not {"11:00", "13:00"} & set(free)
    assert "13:30" in free


def test_buffers_may_reach_out_of_the_opening_hours(monday):
    service = replace(HOUR, before=QUARTER, after=QUARTER)
    book = diary(Practitioner(ADA, hours(tue="09:00-10:00")))
    assert starts(free_on(book, service, TUESDAY, {}, monday)) == ["09:00"]


def test_a_service_is_given_by_those_who_give_it(monday):
    book = diary(Practitioner(ADA, EVERY_DAY), Practitioner(BEN, hours(tue="10:00-12:00")))
    free = free_on(book, replace(HOUR, practitioners=(BEN,)), TUESDAY, {}, monday)
    assert {slot.practitioner for slot in free} == {BEN}
    assert starts(free) == ["10:00", "10:30", "11:00"]
    assert not book.is_open(TUESDAY + timedelta(days=1), replace(HOUR, practitioners=(BEN,)))


def test_a_service_that_needs_a_room_waits_for_one(monday):
    service = Service("Any", 60, rooms=("Blue", "Green"))
    taken = (at(TUESDAY, "10:00"), at(TUESDAY, "11:00"))
    free = {slot.start: slot for slot in free_on(diary(), service, TUESDAY, {FOR_BLUE: [taken]}, monday)}
    assert free[at(TUESDAY, "10:00")].room == "Green"
    assert free[at(TUESDAY, "11:00")].room == "Blue"
    both = {FOR_BLUE: [taken], "room:Green": [taken]}
    assert "10:00" not in starts(free_on(diary(), service, TUESDAY, both, monday))


def test_a_practitioner_is_not_offered_on_days_off(monday):
    away = Practitioner(ADA, EVERY_DAY, frozenset({TUESDAY}))
    assert free_on(diary(away), HOUR, TUESDAY, {}, monday) == []
    assert not diary(away).is_open(TUESDAY)


def test_taken_periods_may_overlap_each_other_and_come_in_any_order(monday):
    spans = [("13:00", "14:00"), ("10:00", "12:00"), ("11:00", "11:30"), ("09:00", "10:30")]
    busy = {FOR_ADA: [(at(TUESDAY, a), at(TUESDAY, b)) for a, b in spans]}
    assert starts(free_on(diary(), HOUR, TUESDAY, busy, monday))[:2] == ["12:00", "14:00"]


def test_a_visitor_may_change_an_appointment_until_the_clinic_s_limit(monday):
    book = diary(cancel_until=timedelta(hours=24))
    slot = free_on(book, HOUR, TUESDAY + timedelta(days=1), {}, monday)[0]
    assert book.may_change(slot, slot.start - timedelta(hours=24))
    assert not book.may_change(slot, slot.start - timedelta(hours=24) + timedelta(seconds=1))
    assert not diary().may_change(slot, slot.start)
