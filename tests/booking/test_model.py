from __future__ import annotations

import ast
import inspect
import sys
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest

from clinic.booking import availability, model, offers
from clinic.booking.model import Practitioner, Slot, Wish
from tests.booking.diaries import (
    ADA,
    BEN,
    EVERY_DAY,
    HALF,
    HOUR,
    LONDON,
    at,
    diary,
    free_on,
    hours,
    slot,
    starts,
)

TUESDAY = date(2026, 11, 24)
FOR_ADA = f"practitioner:{ADA}"


def test_a_day_offers_every_start_from_which_the_service_still_ends_in_opening_hours(monday):
    free = free_on(diary(Practitioner(ADA, hours(tue="09:00-11:00"))), HOUR, TUESDAY, {}, monday)
    assert starts(free) == ["09:00", "09:30", "10:00"]
    assert all(s.end - s.start == timedelta(hours=1) for s in free)


def test_a_service_that_fills_the_hours_exactly_fits_and_one_minute_longer_does_not(monday):
    book = diary(Practitioner(ADA, hours(tue="09:00-10:00")))
    assert starts(free_on(book, HOUR, TUESDAY, {}, monday)) == ["09:00"]
    assert free_on(book, model.Service("Longer", 61), TUESDAY, {}, monday) == []


def test_nothing_is_offered_across_a_lunch_break(monday):
    free = free_on(diary(Practitioner(ADA, hours(tue="09:00-12:00 13:00-15:00"))), HOUR, TUESDAY, {}, monday)
    assert starts(free) == ["09:00", "09:30", "10:00", "10:30", "11:00", "13:00", "13:30", "14:00"]


def test_nothing_is_offered_on_a_closed_day(monday):
    book = diary(closed=frozenset({TUESDAY}))
    assert free_on(book, HOUR, TUESDAY, {}, monday) == []
    assert not book.is_open(TUESDAY)
    assert book.is_open(TUESDAY + timedelta(days=1))


def test_a_weekday_without_hours_is_closed(monday):
    book = diary(Practitioner(ADA, hours(mon="09:00-17:00")))
    assert not book.is_open(TUESDAY)
    assert free_on(book, HOUR, TUESDAY, {}, monday) == []


@pytest.mark.parametrize(
    ("notice", "first"), [(0, "10:00"), (2, "12:00"), (2.25, "12:30"), (3, "13:00"), (24, None)]
)
def test_the_first_offer_respects_the_notice(monday, notice, first):
    free = free_on(diary(notice=timedelta(hours=notice)), HOUR, monday.date(), {}, monday)
    assert starts(free)[:1] == ([first] if first else [])


def test_notice_reaches_into_the_next_day(monday):
    free = free_on(diary(notice=timedelta(hours=24)), HOUR, TUESDAY, {}, monday)
    assert starts(free)[0] == "10:00"


def test_the_last_day_of_the_horizon_is_offered_and_the_day_after_is_not(monday):
    book = diary(horizon=timedelta(days=10))
    last = monday.date() + timedelta(days=10)
    assert book.last_day(monday) == last
    assert free_on(book, HOUR, last, {}, monday)
    assert free_on(book, HOUR, last + timedelta(days=1), {}, monday) == []


def test_yesterday_is_never_offered(monday):
    assert free_on(diary(), HOUR, monday.date() - timedelta(days=1), {}, monday) == []


def test_today_is_the_clinics_day_not_greenwichs(monday):
    summer_night = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)  # half past midnight in London
    assert diary().today(summer_night) == date(2026, 7, 2)


@pytest.mark.parametrize(
    ("day", "first_utc"),
    [
        (date(2026, 10, 24), 8),  # the day before the clocks go back
        (date(2026, 10, 25), 9),
        (date(2027, 3, 27), 9),  # the day before they go forward
        (date(2027, 3, 28), 8),
    ],
)
def test_opening_hours_stay_on_the_wall_clock_when_the_clocks_change(day, first_utc):
    now = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=3)
    free = free_on(diary(), HOUR, day, {}, now)
    assert starts(free)[0] == "09:00"
    assert starts(free)[-1] == "16:00"
    assert free[0].start.hour == first_utc
    assert len(free) == 15


@pytest.mark.parametrize(("day", "slots"), [(date(2026, 10, 25), 4), (date(2027, 3, 28), 2)])
def test_hours_over_the_clock_change_have_their_true_length(day, slots):
    """From 00:30 to 03:30 there are four hours in October and two in March."""
    now = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=3)
    book = diary(Practitioner(ADA, hours(sun="00:30-03:30")), step=timedelta(hours=1))
    free = free_on(book, HOUR, day, {}, now)
    assert len(free) == slots
    assert all(s.end - s.start == timedelta(hours=1) for s in free)
    assert all(a.end <= b.start for a, b in pairwise(free))


def test_practitioners_have_their_own_hours(monday):
    book = diary(Practitioner(ADA, hours(tue="09:00-11:00")), Practitioner(BEN, hours(tue="10:00-12:00")))
    free = free_on(book, HOUR, TUESDAY, {}, monday)
    assert [(s, who.practitioner) for s, who in zip(starts(free), free, strict=True)] == [
        ("09:00", ADA),
        ("09:30", ADA),
        ("10:00", ADA),
        ("10:30", BEN),
        ("11:00", BEN),
    ]


def test_a_time_is_free_while_anybody_is(monday):
    book = diary(Practitioner(ADA, EVERY_DAY), Practitioner(BEN, EVERY_DAY))
    taken = slot(TUESDAY, "10:00")
    free = free_on(book, HOUR, TUESDAY, {FOR_ADA: [(taken.start, taken.end)]}, monday)
    assert next(s for s in free if s.start == taken.start).practitioner == BEN
    both = {f"practitioner:{name}": [(taken.start, taken.end)] for name in (ADA, BEN)}
    assert "10:00" not in starts(free_on(book, HOUR, TUESDAY, both, monday))


def test_whatever_overlaps_a_taken_period_is_not_free_and_what_touches_it_is(monday):
    taken = {FOR_ADA: [(at(TUESDAY, "10:00"), at(TUESDAY, "11:00"))]}
    free = starts(free_on(diary(), HOUR, TUESDAY, taken, monday))
    assert "09:00" in free
    assert "11:00" in free
    assert not {"09:30", "10:00", "10:30"} & set(free)


def test_a_short_appointment_inside_a_long_one_is_not_free(monday):
    taken = {FOR_ADA: [(at(TUESDAY, "09:00"), at(TUESDAY, "12:00"))]}
    assert starts(free_on(diary(), HALF, TUESDAY, taken, monday))[0] == "12:00"


def test_a_service_is_found_by_its_name_alone():
    assert diary().service("Consultation") == HALF
    with pytest.raises(KeyError):
        diary().service("consultation")


def test_what_is_said_later_of_a_wish_replaces_days_and_times_apart():
    wish = Wish(TUESDAY, TUESDAY, time(9), None, exact=True)
    later_time = wish.then(Wish(earliest=time(14), latest=time(16)))
    assert later_time == Wish(TUESDAY, TUESDAY, time(14), time(16), exact=False)
    wednesday = TUESDAY + timedelta(days=1)
    assert wish.then(Wish(wednesday, wednesday)) == Wish(wednesday, wednesday, time(9), None, exact=True)
    assert wish.then(Wish()) == wish


@pytest.mark.parametrize(
    ("wish", "allowed"),
    [
        (Wish(), ["09:00", "13:00", "16:00"]),
        (Wish(earliest=time(13)), ["13:00", "16:00"]),
        (Wish(latest=time(13)), ["09:00", "13:00"]),
        (Wish(earliest=time(10), latest=time(14)), ["13:00"]),
        (Wish(earliest=time(13), exact=True), ["13:00"]),
        (Wish(earliest=time(13, 5), exact=True), []),
    ],
)
def test_a_wish_allows_local_starts_between_its_times(wish, allowed):
    summer = date(2026, 7, 1)
    slots = [slot(summer, clock) for clock in ("09:00", "13:00", "16:00")]
    assert starts([s for s in slots if wish.allows(s, LONDON)]) == allowed


def test_slots_are_in_order_of_time():
    early, late = slot(TUESDAY, "09:00"), slot(TUESDAY, "10:00")
    assert sorted([late, early]) == [early, late]
    assert isinstance(early, Slot)


def test_the_rules_import_the_standard_library_alone_and_never_ask_the_clock():
    rules = (model, availability, offers)
    source = "".join(map(inspect.getsource, rules))
    for node in ast.walk(ast.parse(source)):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert all(
            name.split(".")[0] in {*sys.stdlib_module_names, "clinic"}
            for name in names
            if not name.startswith("clinic.booking")
        )
    assert ".now(" not in source
    assert ".today()" not in source
