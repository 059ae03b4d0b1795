from __future__ import annotations

from datetime import date, datetime, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.nlu.when import read
from tests.booking.diaries import LONDON

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=LONDON)  # a Monday
TUESDAY = date(2026, 11, 24)
EXACT = [
    ("at 3pm", "15:00"),
    ("3 pm", "15:00"),
    ("3 p.m.", "15:00"),
    ("3PM", "15:00"),
    ("15:00", "15:00"),
    ("15.30", "15:30"),
    ("at 15h30", "15:30"),
    ("10am", "10:00"),
    ("10:30 am", "10:30"),
    ("at 10", "10:00"),
    ("at 3", "15:00"),  # nobody comes at three in the night
    ("at 8", "08:00"),
    ("@ 2", "14:00"),
    ("at three", "15:00"),
    ("four o'clock", "16:00"),
    ("4 o’clock", "16:00"),
    ("12pm", "12:00"),
    ("12am", "00:00"),
    ("12:30pm", "12:30"),
    ("noon", "12:00"),
    ("midday", "12:00"),
    ("half five", "17:30"),
    ("half past 5", "17:30"),
    ("half past ten", "10:30"),
    ("quarter to 3", "14:45"),
    ("quarter past eleven", "11:15"),
    ("ten to four", "15:50"),
    ("twenty past 2", "14:20"),
    ("5 past 2", "14:05"),
    ("0:30", "00:30"),
    ("23:59", "23:59"),
]
SPANS = [
    ("after 3", "15:00", None),
    ("any time after 3pm", "15:00", None),
    ("from 2", "14:00", None),
    ("not before 11", "11:00", None),
    ("before 11", None, "11:00"),
    ("until 4", None, "16:00"),
    ("no later than 16:30", None, "16:30"),
    ("not after 4", None, "16:00"),
    ("no earlier than 3", "15:00", None),
    ("between 2 and 4", "14:00", "16:00"),
    ("between 10am and 1pm", "10:00", "13:00"),
    ("from 9 to 11", "09:00", "11:00"),
    ("2-4pm", "14:00", "16:00"),
    ("around 3", "14:30", "15:30"),
    ("about 10:30", "10:00", "11:00"),
    ("3ish", "14:30", "15:30"),
    ("in the morning", "00:00", "11:59"),
    ("mornings", "00:00", "11:59"),
    ("early morning", "00:00", "10:00"),
    ("late morning", "10:30", "12:00"),
    ("afternoon", "12:00", "17:00"),
    ("late afternoon", "15:00", "18:00"),
    ("in the evening", "17:00", None),
    ("after work", "17:00", None),
    ("lunchtime", "12:00", "14:00"),
    ("first thing", "00:00", "10:00"),
]
NO_TIMES = [
    "does it hurt",
    "I'm 45 years old",
    "im 45",
    "I am 52 and have deep wrinkles",
    "after 3 sessions",
    "for the past 2 months",
    "about 45 years",
    "10 needles",
    "£80",
    "07700 900123",
    "020 7946 0018",
    "+44 20 7946 0018",
    "my number is 07700900123",
    "5 stars",
    "good morning",
    "good afternoon!",
    "Good evening, a question",
    "between 30 and 40 years",
    "i have 2 kids",
    "around 50%",
    "flat 3, 12 high street",
    "half the price",
    "from the start",
    "one question",
    "24 hours notice",
]


def clock(text):
    return time.fromisoformat(text) if text else None


@pytest.mark.parametrize(("text", "expected"), EXACT)
def test_a_time_of_day_is_read_exactly(text, expected):
    when = read(text, NOW)
    assert when.earliest == clock(expected)
    assert when.exact
    assert when.first_day is None


@pytest.mark.parametrize(("text", "earliest", "latest"), SPANS)
def test_a_span_of_times_is_read(text, earliest, latest):
    when = read(text, NOW)
    assert (when.earliest, when.latest, when.exact) == (clock(earliest), clock(latest), False)


@pytest.mark.parametrize("text", NO_TIMES)
def test_what_is_no_time_is_not_read_as_one(text):
    when = read(text, NOW)
    assert when is None or (when.earliest is None and when.latest is None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("3", "15:00"), ("10", "10:00"), ("maybe 4?", None), ("11 please", "11:00"), ("four", "16:00")],
)
def test_a_lone_number_is_an_hour_only_when_a_time_was_asked_for(text, expected):
    assert read(text, NOW) is None
    when = read(text, NOW, bare_hours=True)
    assert (when.earliest if when else None) == clock(expected)


@pytest.mark.parametrize("text", ["the first one", "45", "25", "none of these", "2 sessions please", "99"])
def test_not_every_number_is_an_hour(text):
    when = read(text, NOW, bare_hours=True)
    assert when is None or when.earliest is None


@pytest.mark.parametrize(
    ("text", "day", "earliest", "latest"),
    [
        ("tomorrow at 3pm", TUESDAY, "15:00", None),
        ("3pm tomorrow", TUESDAY, "15:00", None),
        ("tmrw after 3", TUESDAY, "15:00", None),
        ("half five next Tuesday", date(2026, 12, 1), "17:30", None),
        ("between 2 and 4 on the 3rd", date(2026, 12, 3), "14:00", "16:00"),
        ("Tuesday 24 November at 15:00", TUESDAY, "15:00", None),
        ("24/11 10:30", TUESDAY, "10:30", None),
        ("Tuesday morning", TUESDAY, "00:00", "11:59"),
        ("this evening", NOW.date(), "17:00", None),
        ("tonight", NOW.date(), "17:00", None),
        ("dec 3 at 10", date(2026, 12, 3), "10:00", None),
        ("on the 3rd at 3", date(2026, 12, 3), "15:00", None),
        ("10 on friday", date(2026, 11, 27), None, None),
        ("2026-11-24 15:00", TUESDAY, "15:00", None),
    ],
)
def test_a_day_and_a_time_are_read_in_any_order(text, day, earliest, latest):
    when = read(text, NOW)
    assert when.first_day == day
    assert (when.earliest, when.latest) == (clock(earliest), clock(latest))


@pytest.mark.parametrize("text", ["after 11pm", "10pm to midnight", "around 23:50", "5 to 12", "half 12"])
def test_the_end_of_the_day_is_no_trap(text):
    assert read(text, NOW) is not None


@settings(max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            "at 3 31 0 12 99 am pm : / . - next this last week monday feb 29 30th th half past to quarter in "
            "a couple of days between and after before the tomorrow morning 2026 ish around ½ ３ ٣".split()
        ),
        max_size=8,
    )
)
def test_no_words_make_the_reader_fail(words):
    for text in (" ".join(words), "".join(words)):
        when = read(text, NOW, bare_hours=True)
        if when and when.first_day and not when.problem:
            assert NOW.date() <= when.first_day <= when.last_day
        if when:
            assert 0 <= when.start <= when.end <= len(text)
