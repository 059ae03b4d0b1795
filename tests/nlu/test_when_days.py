from __future__ import annotations

from datetime import date, datetime, time

import pytest

from clinic.nlu.when import read
from tests.booking.diaries import LONDON

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=LONDON)  # a Monday
ONE_DAY = [  # what is said, and the month and day meant (of 2026 until December, then of 2027)
    ("today", 11, 23),
    ("this afternoon", 11, 23),
    ("tonight", 11, 23),
    ("tomorrow", 11, 24),
    ("Tomorrow please!", 11, 24),
    ("tmrw", 11, 24),
    ("tmr", 11, 24),
    ("tommorow", 11, 24),
    ("2moro", 11, 24),
    ("tomoz", 11, 24),
    ("the day after tomorrow", 11, 25),
    ("Tuesday", 11, 24),
    ("on tuesday", 11, 24),
    ("tues", 11, 24),
    ("this Friday", 11, 27),
    ("fri", 11, 27),
    ("Thurs", 11, 26),
    ("wensday", 11, 25),
    ("saturdays", 11, 28),
    ("Sunday", 11, 29),
    ("monday", 11, 30),  # on a Monday, Monday is the next one
    ("this monday", 11, 23),
    ("next Tuesday", 12, 1),  # of next week
    ("next monday", 11, 30),
    ("next next friday", 12, 11),
    ("a week on Tuesday", 12, 1),
    ("tuesday week", 12, 1),
    ("in 3 days", 11, 26),
    ("in a couple of days", 11, 25),
    ("two days from now", 11, 25),
    ("the 3rd", 12, 3),
    ("on the 30th", 11, 30),
    ("the 23rd", 11, 23),
    ("3 December", 12, 3),
    ("3rd of december", 12, 3),
    ("December 3rd", 12, 3),
    ("dec 3", 12, 3),
    ("Dec. the 3rd", 12, 3),
    ("3 Dec 2026", 12, 3),
    ("December 3, 2026", 12, 3),
    ("3rd Jan", 1, 3),
    ("15 sept", 9, 15),
    ("2026-12-03", 12, 3),
    ("3/12", 12, 3),
    ("03/12/2026", 12, 3),
    ("3/12/26", 12, 3),
    ("03.12.2026", 12, 3),
    ("12/25", 12, 25),  # there is no 25th month
    ("Tue 24 Nov, 15:00", 11, 24),
    ("may 4th be with you on the 4th of may", 5, 4),
]
MONTH_FIRST = [("12/3", 12, 3), ("12/03/2026", 12, 3), ("25/12", 12, 25), ("3/4", 3, 4), ("Dec 3", 12, 3)]
SPANS = [  # what is said, first and last day as month and day
    ("next week", (11, 30), (12, 6)),
    ("this week", (11, 23), (11, 29)),
    ("the week after next", (12, 7), (12, 13)),
    ("early next week", (11, 30), (12, 2)),
    ("end of next week", (12, 3), (12, 6)),
    ("this weekend", (11, 28), (11, 29)),
    ("at the weekend", (11, 28), (11, 29)),
    ("next weekend", (12, 5), (12, 6)),
    ("in two weeks", (12, 7), (12, 13)),
    ("in a fortnight", (12, 7), (12, 13)),
    ("next month", (12, 1), (12, 31)),
    ("this month", (11, 23), (11, 30)),
    ("in January", (1, 1), (1, 31)),
    ("early December", (12, 1), (12, 10)),
    ("late december", (12, 22), (12, 31)),
]
IMPOSSIBLE = [
    "31 November",
    "30th of February",
    "31/11/2026",
    "2026-02-30",
    "february 30",
    "13/13/2026",
    "the 32nd",
    "0 december",
    "29 February 2027",
]
PAST = ["yesterday", "last week", "last Friday", "22/11/2026", "1 January 2020", "2026-11-22", "3 nov 2026"]
NO_DAYS = [
    "does it hurt",
    "I'm 45",
    "my number is 07700 900123",
    "2 sessions",
    "sun damage",
    "sun spots on my cheeks",
    "it may help",
    "I may be pregnant",
    "march on",
    "the second one",
    "how much is 1/2 hour",
    "are you open 24/7",
    "the pain is 9/10",
    "",
    "?!",
    "one",
]


def day(month, number):
    return date(2026 if month >= 11 else 2027, month, number)


@pytest.mark.parametrize(("text", "month", "number"), ONE_DAY)
def test_a_day_is_read_in_british_habits(text, month, number):
    when = read(text, NOW)
    assert (when.first_day, when.last_day) == (day(month, number),) * 2
    assert when.problem is None


@pytest.mark.parametrize(("text", "month", "number"), MONTH_FIRST)
def test_a_day_is_read_in_american_habits_where_the_clinic_is_there(text, month, number):
    assert read(text, NOW, month_first=True).first_day == day(month, number)


@pytest.mark.parametrize(("text", "first", "last"), SPANS)
def test_a_span_of_days_is_read(text, first, last):
    when = read(text, NOW)
    assert (when.first_day, when.last_day) == (day(*first), day(*last))


@pytest.mark.parametrize("text", IMPOSSIBLE)
def test_a_day_that_the_calendar_does_not_have_is_impossible(text):
    when = read(text, NOW)
    assert when.problem == "impossible"
    assert when.first_day is None


@pytest.mark.parametrize("text", PAST)
def test_a_day_that_has_passed_is_past(text):
    assert read(text, NOW).problem == "past"


@pytest.mark.parametrize("text", NO_DAYS)
def test_what_is_no_day_is_not_read_as_one(text):
    when = read(text, NOW)
    assert when is None or when.first_day is None


@pytest.mark.parametrize("text", ["born 3/4/1980", "date of birth 03.04.1980", "3 April 1980", "1980-04-03"])
def test_a_date_of_birth_is_no_day_to_come(text):
    when = read(text, NOW)
    assert when is None or when.first_day is None or when.problem == "past"


def test_29_february_is_that_of_the_next_leap_year():
    assert read("29 February", NOW).first_day == date(2028, 2, 29)


def test_the_31st_is_that_of_the_next_month_that_has_one():
    assert read("the 31st", NOW).first_day == date(2026, 12, 31)


@pytest.mark.parametrize("hour", [0, 12, 23])
@pytest.mark.parametrize(
    ("today", "tomorrow"),
    [(date(2026, 10, 24), date(2026, 10, 25)), (date(2027, 3, 27), date(2027, 3, 28))],
)
def test_tomorrow_is_the_next_date_when_the_clocks_change(today, tomorrow, hour):
    now = datetime.combine(today, time(hour, 30), LONDON)
    assert read("tomorrow", now).first_day == tomorrow


def test_a_year_ends_and_the_next_begins():
    silvester = datetime(2026, 12, 31, 18, 0, tzinfo=LONDON)
    assert read("tomorrow", silvester).first_day == date(2027, 1, 1)
    assert read("next month", silvester).first_day == date(2027, 1, 1)
    assert read("the 2nd", silvester).first_day == date(2027, 1, 2)


def test_on_a_sunday_the_weekend_is_today():
    sunday = datetime(2026, 11, 29, 10, 0, tzinfo=LONDON)
    when = read("this weekend", sunday)
    assert (when.first_day, when.last_day) == (sunday.date(), sunday.date())


def test_a_negated_day_is_not_the_wish():
    assert read("not that day", NOW).shift == "other_day"


@pytest.mark.parametrize(
    ("text", "shift"),
    [
        ("anything later?", "later"),
        ("do you have something earlier", "earlier"),
        ("sooner please", "earlier"),
        ("another day", "other_day"),
        ("a different day please", "other_day"),
    ],
)
def test_a_wish_for_something_else_is_read(text, shift):
    assert read(text, NOW).shift == shift


def test_positions_lie_around_what_was_said():
    text = "could I come tomorrow at 3pm, please"
    when = read(text, NOW)
    assert text[when.start : when.end].strip(" ,") == "tomorrow at 3pm"
