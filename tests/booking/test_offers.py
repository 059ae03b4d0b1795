from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from clinic.booking.model import Practitioner, Wish
from clinic.booking.offers import MOST, TIMES_A_DAY, Outcome, offer
from tests.booking.diaries import ADA, BEN, HOUR, LONDON, at, diary, free_on, hours, slot, starts

TUESDAY, WEDNESDAY, THURSDAY = (date(2026, 11, day) for day in (24, 25, 26))
WEEKDAYS = hours(**dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-12:00 13:00-17:00"))


def nothing_busy(_start, _end):
    return {}


def busy_with(*periods):
    return lambda _start, _end: {f"practitioner:{ADA}": list(periods)}


def book(**rules):
    return diary(Practitioner(ADA, WEEKDAYS), **rules)


def on(day, **times):
    return Wish(day, day, **times)


def days(offered):
    return [s.start.astimezone(LONDON).date() for s in offered.slots]


def test_without_a_wish_the_next_free_days_are_offered_one_time_each(monday):
    offered = offer(book(), HOUR, Wish(), nothing_busy, monday)
    assert offered.outcome is Outcome.FREE
    assert days(offered) == [monday.date(), TUESDAY, WEDNESDAY]
    assert starts(offered.slots) == ["13:00", "09:00", "09:00"]


def test_a_wished_day_is_offered_spread_over_the_day(monday):
    offered = offer(book(), HOUR, on(TUESDAY), nothing_busy, monday)
    assert offered.outcome is Outcome.FREE
    assert days(offered) == [TUESDAY] * 3
    assert starts(offered.slots)[0] == "09:00"
    assert starts(offered.slots)[-1] == "16:00"


def test_the_very_time_asked_for_is_offered_alone(monday):
    offered = offer(book(), HOUR, on(TUESDAY, earliest=time(14), exact=True), nothing_busy, monday)
    assert offered.outcome is Outcome.EXACT
    assert starts(offered.slots) == ["14:00"]


def test_a_time_without_a_day_is_offered_on_the_next_days(monday):
    offered = offer(book(), HOUR, Wish(earliest=time(14), exact=True), nothing_busy, monday)
    assert offered.outcome is Outcome.FREE
    assert starts(offered.slots) == ["14:00"] * 3
    assert days(offered) == [monday.date(), TUESDAY, WEDNESDAY]


def test_a_part_of_the_day_limits_the_offers(monday):
    offered = offer(book(), HOUR, on(TUESDAY, earliest=time(13), latest=time(15)), nothing_busy, monday)
    assert offered.outcome is Outcome.FREE
    assert all("13:00" <= start <= "15:00" for start in starts(offered.slots))


def test_a_wished_weekend_says_closed_and_offers_the_days_after(monday):
    saturday = date(2026, 11, 28)
    offered = offer(book(), HOUR, Wish(saturday, saturday + timedelta(days=1)), nothing_busy, monday)
    assert offered.outcome is Outcome.CLOSED
    assert days(offered)[0] == date(2026, 11, 30)


def test_a_closure_says_closed(monday):
    offered = offer(book(closed=frozenset({TUESDAY})), HOUR, on(TUESDAY), nothing_busy, monday)
    assert offered.outcome is Outcome.CLOSED
    assert TUESDAY not in days(offered)


def test_a_taken_time_is_said_to_be_taken_and_the_nearest_are_offered(monday):
    taken = slot(TUESDAY, "14:00")
    wish = on(TUESDAY, earliest=time(14), exact=True)
    offered = offer(book(), HOUR, wish, busy_with((taken.start, taken.end)), monday)
    assert offered.outcome is Outcome.TAKEN
    assert days(offered) == [TUESDAY] * 3
    assert {"13:00", "15:00"} <= set(starts(offered.slots))
    assert starts(offered.slots) == sorted(starts(offered.slots))


def test_the_nearest_times_are_near_on_the_wall_clock_in_summer_too(monday):
    june = date(2026, 6, 16)
    taken = slot(june, "14:00")
    now = at(june - timedelta(days=1), "10:00")
    wish = on(june, earliest=time(14), exact=True)
    offered = offer(book(), HOUR, wish, busy_with((taken.start, taken.end)), now)
    assert {"13:00", "15:00"} <= set(starts(offered.slots))


def test_a_time_off_the_grid_is_taken_and_its_neighbours_are_offered(monday):
    offered = offer(book(), HOUR, on(TUESDAY, earliest=time(14, 10), exact=True), nothing_busy, monday)
    assert offered.outcome is Outcome.TAKEN
    assert {"14:00", "14:30"} <= set(starts(offered.slots))


def test_a_full_day_says_full_and_offers_the_next(monday):
    whole_day = (at(TUESDAY, "09:00"), at(TUESDAY, "17:00"))
    offered = offer(book(), HOUR, on(TUESDAY), busy_with(whole_day), monday)
    assert offered.outcome is Outcome.FULL
    assert days(offered)[0] == WEDNESDAY


def test_a_wish_behind_the_horizon_is_too_far(monday):
    offered = offer(book(horizon=timedelta(days=7)), HOUR, on(date(2026, 12, 8)), nothing_busy, monday)
    assert offered.outcome is Outcome.TOO_FAR
    assert offered.slots == ()


def test_a_wish_that_reaches_over_the_horizon_is_met_as_far_as_it_goes(monday):
    wish = Wish(WEDNESDAY, date(2027, 3, 1))
    offered = offer(book(horizon=timedelta(days=3)), HOUR, wish, nothing_busy, monday)
    assert offered.outcome is Outcome.FREE
    assert days(offered) == [WEDNESDAY, THURSDAY]


def test_a_full_diary_offers_nothing(monday):
    whole = (monday, monday + timedelta(days=90))
    offered = offer(book(), HOUR, Wish(), busy_with(whole), monday)
    assert offered.outcome is Outcome.NOTHING
    assert offered.slots == ()


def test_when_the_last_days_are_full_earlier_ones_are_offered(monday):
    late = (at(THURSDAY, "00:00"), at(THURSDAY, "23:00") + timedelta(days=30))
    offered = offer(book(horizon=timedelta(days=7)), HOUR, on(THURSDAY), busy_with(late), monday)
    assert offered.outcome is Outcome.FULL
    assert days(offered)[0] < THURSDAY


@pytest.mark.parametrize(
    "wish", [Wish(), on(TUESDAY), on(TUESDAY, earliest=time(3), exact=True), Wish(latest=time(10))]
)
def test_offers_are_few_distinct_in_order_and_bookable(monday, wish):
    offered = offer(book(), HOUR, wish, nothing_busy, monday)
    assert 0 < len(offered.slots) <= MOST
    assert list(offered.slots) == sorted(set(offered.slots))
    for s in offered.slots:
        assert s in free_on(book(), HOUR, s.start.astimezone(LONDON).date(), {}, monday)


def test_a_day_that_has_begun_offers_what_is_left_of_it(monday):
    offered = offer(book(), HOUR, on(monday.date()), nothing_busy, monday)
    assert offered.outcome is Outcome.FREE
    assert all(s.start >= monday + timedelta(hours=2) for s in offered.slots)


def test_the_store_is_asked_once(monday):
    asked = []

    def busy(start, end):
        asked.append((start, end))
        return {}

    offer(book(), HOUR, Wish(), busy, monday)
    assert len(asked) == 1
    assert asked[0][0] <= monday


def test_who_was_asked_for_is_away_though_the_clinic_is_open(monday):
    both = diary(Practitioner(ADA, WEEKDAYS), Practitioner(BEN, hours(wed="09:00-12:00")))
    offered = offer(both, HOUR, on(TUESDAY, practitioner=BEN), nothing_busy, monday)
    assert offered.outcome is Outcome.AWAY
    assert {s.practitioner for s in offered.slots} == {BEN}
    only_ben = replace(HOUR, practitioners=(BEN,))
    assert offer(both, only_ben, on(TUESDAY), nothing_busy, monday).outcome is Outcome.AWAY


def test_later_than_what_was_offered_goes_on_to_the_next_days(monday):
    last = slot(TUESDAY, "16:00").start
    offered = offer(book(), HOUR, on(TUESDAY, after=last), nothing_busy, monday)
    assert offered.outcome is Outcome.NOT_LATER
    assert days(offered)[0] == WEDNESDAY
    later = offer(book(), HOUR, on(TUESDAY, after=slot(TUESDAY, "13:00").start), nothing_busy, monday)
    assert later.outcome is Outcome.FREE
    assert starts(later.slots)[0] == "13:30"


def test_earlier_than_what_was_offered_offers_the_last_days_before(monday):
    first = slot(date(2026, 12, 2), "09:00").start
    offered = offer(book(), HOUR, Wish(before=first), nothing_busy, monday)
    assert offered.outcome is Outcome.FREE
    assert days(offered) == [date(2026, 11, 27), date(2026, 11, 30), date(2026, 12, 1)]
    nothing = offer(book(), HOUR, Wish(before=monday), nothing_busy, monday)
    assert nothing.outcome is Outcome.NOT_EARLIER
    assert nothing.slots


def test_a_weekday_that_does_not_suit_is_not_offered(monday):
    offered = offer(book(), HOUR, Wish(not_on=(1,)), nothing_busy, monday)
    assert days(offered) == [monday.date(), WEDNESDAY, THURSDAY]


def test_more_times_of_the_first_day_and_the_days_after_it_can_be_chosen(monday):
    offered = offer(book(), HOUR, on(TUESDAY), nothing_busy, monday)
    assert set(offered.slots) <= set(offered.more)
    chosen_from = [s.start.astimezone(LONDON).date() for s in offered.more]
    assert sorted(set(chosen_from)) == [TUESDAY, WEDNESDAY, THURSDAY, date(2026, 11, 27)]
    assert max(map(chosen_from.count, chosen_from)) <= TIMES_A_DAY + MOST


def test_more_times_are_at_the_wished_times_of_day(monday):
    offered = offer(book(), HOUR, Wish(earliest=time(9), latest=time(11)), nothing_busy, monday)
    assert all(s.start.astimezone(LONDON).time() <= time(11) for s in offered.more)


def test_the_last_day_of_the_diary_bounds_what_can_be_chosen(monday):
    offered = offer(book(horizon=timedelta(days=1)), HOUR, Wish(), nothing_busy, monday)
    assert {s.start.astimezone(LONDON).date() for s in offered.more} == {monday.date(), TUESDAY}
