"""Calendars in step with a real CalDAV server."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
import sqlalchemy as sa

from clinic.booking import desk, taken
from clinic.booking.caldav import client
from clinic.booking.caldav.busy import busy_periods, take_busy_times
from clinic.booking.caldav.client import CalendarAway, Calendars
from clinic.booking.caldav.publish import publish
from clinic.booking.diary import diary_of
from clinic.booking.model import SlotTaken
from clinic.database import calendar_copies, database, migrate
from clinic.settings import clinic
from tests.booking.bookings import TUESDAY, cancelled, moved
from tests.booking.diaries import ADA, BEN, at
from tests.radicale import LOGIN, Radicale

LONDON = ZoneInfo("Europe/London")
START, END = datetime(2026, 11, 23, tzinfo=UTC), datetime(2027, 1, 23, tzinfo=UTC)


@pytest.fixture(scope="module")
def radicale(tmp_path_factory):
    running = Radicale(tmp_path_factory.mktemp("radicale")).start()
    yield running
    running.stop()


@pytest.fixture
def engine(clinic_file):
    migrate()
    yield database()
    database().dispose()


@pytest.fixture
def calendars(radicale, request):
    """Ada's and Ben's calendars, empty, and a private one of Ada's."""
    name = request.node.name
    return [radicale.calendar(f"{who}-{abs(hash(name))}") for who in ("ada", "ben", "private")]


@pytest.fixture
def in_clinic_yml(clinic_file, calendars):
    """Write the calendars into clinic.yml."""
    ada, ben, private = calendars
    text = clinic_file.read_text(encoding="utf-8")
    text = text.replace(f"{ADA}\n", f"{ADA}\n    calendar: {ada}\n    busy_calendars: ['{private}']\n")
    text = text.replace(f"{BEN}\n", f"{BEN}\n    calendar: {ben}\n")
    clinic_file.write_text(text, encoding="utf-8")


@pytest.fixture
def round_(engine, monday, in_clinic_yml):
    """Do what the notifier does each time."""

    def run():
        with Calendars(LOGIN) as connection:
            take_busy_times(engine, connection, clinic(), monday)
            return publish(engine, connection, clinic(), monday)

    return run


def events(radicale, calendar):
    return icalendar.Calendar.from_ical(radicale.texts(calendar)).walk("VEVENT")


def test_an_appointment_appears_moves_and_disappears(radicale, calendars, book, round_, engine, monday):
    made = book()
    assert round_() == 1
    (event,) = events(radicale, calendars[0])
    assert (event.start, event["SUMMARY"]) == (made.starts_at, f"Facial acupuncture ({made.reference})")
    moved(engine, made, monday, "13:00")
    round_()
    (event,) = events(radicale, calendars[0])
    assert (event.start, event["SEQUENCE"]) == (at(TUESDAY, "13:00"), 1)
    cancelled(engine, made, monday)
    round_()
    assert events(radicale, calendars[0]) == []


def test_what_stands_already_is_not_written_again(book, round_):
    book()
    assert [round_() for _ in range(3)] == [1, 0, 0]


def test_an_appointment_that_changes_hands_changes_calendars(
    radicale, calendars, book, round_, engine, monday
):
    made = book("13:00")
    round_()
    moved(engine, made, monday, "14:00", to=BEN)
    round_()
    assert events(radicale, calendars[0]) == []
    assert len(events(radicale, calendars[1])) == 1


def test_no_name_is_told_unless_the_clinic_wants_it(radicale, calendars, book, round_, clinic_file):
    book()
    round_()
    assert "Jane" not in radicale.texts(calendars[0])
    text = clinic_file.read_text(encoding="utf-8")
    clinic_file.write_text(
        text.replace("booking:\n", "booking:\n  names_in_calendars: true\n"), encoding="utf-8"
    )
    book("13:00")
    round_()
    assert "Facial acupuncture: Jane Doe" in radicale.texts(calendars[0])


def test_a_calendar_that_clinic_yml_no_longer_names_is_tidied_up(
    radicale, calendars, book, round_, clinic_file, engine
):
    radicale.put(calendars[0], "dentist", "DTSTART:20261124T130000Z", "DTEND:20261124T140000Z")
    book()
    round_()
    text = clinic_file.read_text(encoding="utf-8")
    clinic_file.write_text(text.replace(f"    calendar: {calendars[0]}\n", ""), encoding="utf-8")
    round_()
    assert [str(event["UID"]) for event in events(radicale, calendars[0])] == ["dentist"]
    assert free(engine, "13:00", date(2026, 11, 24)) == ADA
    with engine.connect() as connection:
        assert connection.execute(sa.select(calendar_copies)).all() == []


def free(engine, clock, day, practitioner=ADA):
    """Return who is free then, or None."""
    try:
        now = datetime(2026, 11, 23, 10, tzinfo=UTC)
        found = desk.slot_at(
            engine, diary_of(clinic()), "Consultation", at(day, clock), now, practitioner=practitioner
        )
    except SlotTaken:
        return None
    return found.practitioner


def test_busy_times_are_not_offered(radicale, calendars, round_, engine):
    radicale.put(calendars[0], "a", "DTSTART:20261124T130000Z", "DTEND:20261124T140000Z", "SUMMARY:Dentist")
    radicale.put(calendars[2], "b", "DTSTART:20261124T150000Z", "DTEND:20261124T153000Z")
    round_()
    assert [free(engine, clock, TUESDAY) for clock in ("12:30", "13:00", "13:30", "14:00")] == [
        ADA,
        None,
        None,
        ADA,
    ]
    assert free(engine, "15:00", TUESDAY) is None
    assert free(engine, "13:00", TUESDAY, BEN) == BEN
    radicale.delete(calendars[0], "a")
    round_()
    assert free(engine, "13:00", TUESDAY) == ADA


def test_a_repeating_entry_blocks_each_of_its_times(radicale, calendars, round_, engine):
    radicale.put(
        calendars[0],
        "weekly",
        "DTSTART;TZID=Europe/London:20260901T140000",
        "DTEND;TZID=Europe/London:20260901T150000",
        "RRULE:FREQ=WEEKLY;BYDAY=TU",
        "EXDATE;TZID=Europe/London:20261201T140000",
    )
    round_()
    assert free(engine, "14:00", TUESDAY) is None
    assert free(engine, "14:00", date(2026, 12, 1)) == ADA
    assert free(engine, "14:00", date(2026, 12, 8)) is None


def test_our_own_entries_block_nothing_twice(radicale, calendars, book, round_, engine, monday):
    """A cancelled appointment's time is free at once, whatever the calendar still holds."""
    made = book("13:00")
    round_()
    round_()
    cancelled(engine, made, monday)
    assert free(engine, "13:00", TUESDAY) == ADA


def test_when_the_server_is_away_busy_times_stay_and_appointments_follow_later(
    radicale, calendars, book, round_, engine
):
    radicale.put(calendars[0], "a", "DTSTART:20261124T130000Z", "DTEND:20261124T140000Z")
    round_()
    radicale.stop()
    try:
        book()
        with pytest.raises(CalendarAway):
            round_()
        assert free(engine, "13:00", TUESDAY) is None
    finally:
        radicale.start()
    assert round_() == 1
    assert len(events(radicale, calendars[0])) == 2


def test_one_calendar_that_is_away_does_not_stop_the_others(
    radicale, calendars, book, clinic_file, engine, monday, round_
):
    text = clinic_file.read_text(encoding="utf-8")
    clinic_file.write_text(
        text.replace(calendars[1], f"{radicale.address}/clinic/none/x/y/"), encoding="utf-8"
    )
    book("13:00", practitioner=BEN)
    book("14:00")
    radicale.put(calendars[0], "a", "DTSTART:20261124T090000Z", "DTEND:20261124T100000Z")
    with Calendars(LOGIN) as connection:
        for work in (take_busy_times, publish):
            with pytest.raises(CalendarAway):
                work(engine, connection, clinic(), monday)
    assert free(engine, "09:00", TUESDAY) is None
    assert len(events(radicale, calendars[0])) == 2


def test_a_wrong_password_is_named_and_not_shown(calendars, engine, monday, in_clinic_yml):
    with Calendars(("clinic", "wrong")) as connection, pytest.raises(CalendarAway, match="401") as away:
        take_busy_times(engine, connection, clinic(), monday)
    assert "wrong" not in str(away.value)


def test_an_answer_without_end_is_not_read_to_the_end(radicale, calendars, monkeypatch):
    radicale.put(calendars[0], "a", "DTSTART:20261124T130000Z", "DTEND:20261124T140000Z")
    monkeypatch.setattr(client, "LARGEST", 100)
    with Calendars(LOGIN) as connection, pytest.raises(CalendarAway, match="more than can be read"):
        connection.entries(calendars[0], START, END)


def text_of(*lines):
    event = ["BEGIN:VEVENT", "UID:x", "DTSTAMP:20261101T000000Z", *lines, "END:VEVENT"]
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *event, "END:VCALENDAR", ""])


def hours(*lines):
    """Return what an entry blocks, as local text."""
    return [
        f"{since.astimezone(LONDON):%d.%m. %H:%M}-{until.astimezone(LONDON):%d.%m. %H:%M}"
        for since, until in busy_periods([text_of(*lines)], LONDON, START, END)
    ]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["DTSTART:20261124T130000Z", "DTEND:20261124T140000Z"], ["24.11. 13:00-24.11. 14:00"]),
        (["DTSTART:20261124T130000", "DURATION:PT90M"], ["24.11. 13:00-24.11. 14:30"]),
        (
            ["DTSTART;TZID=America/New_York:20261124T090000", "DURATION:PT1H"],
            ["24.11. 14:00-24.11. 15:00"],
        ),
        (["DTSTART;VALUE=DATE:20261124"], ["24.11. 00:00-25.11. 00:00"]),
        (["DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261127"], ["24.11. 00:00-27.11. 00:00"]),
        (["DTSTART:20261124T130000Z", "DTEND:20261124T140000Z", "TRANSP:TRANSPARENT"], []),
        (["DTSTART:20261124T130000Z", "DTEND:20261124T140000Z", "STATUS:CANCELLED"], []),
        (
            ["DTSTART:20261124T130000Z", "DTEND:20261124T140000Z", "STATUS:TENTATIVE"],
            ["24.11. 13:00-24.11. 14:00"],
        ),
        (["DTSTART:20261124T130000Z"], []),  # a moment takes no time
        (["DTSTART:20251124T130000Z", "DTEND:20251124T140000Z"], []),
        (["DTSTART:nonsense", "DTEND:20261124T140000Z"], []),
        (["SUMMARY:no time at all"], []),
    ],
)
def test_what_an_entry_blocks(lines, expected):
    assert hours(*lines) == expected


def test_a_repeating_entry_keeps_its_local_hour_when_clocks_change():
    lines = ["DTSTART;TZID=Europe/London:20260323T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=14"]
    spring = busy_periods(
        [text_of(*lines)], LONDON, datetime(2026, 3, 23, tzinfo=UTC), datetime(2026, 4, 10, tzinfo=UTC)
    )
    assert len(spring) == 14
    assert {since.astimezone(LONDON).hour for since, _ in spring} == {9}


def test_one_entry_that_cannot_be_read_leaves_the_others():
    good = text_of("DTSTART:20261124T130000Z", "DTEND:20261124T140000Z")
    assert len(busy_periods(["no calendar", good, ""], LONDON, START, END)) == 1


def test_busy_times_reach_every_question_for_free_time(engine, round_, radicale, calendars, monday):
    radicale.put(calendars[1], "a", "DTSTART:20261124T130100Z", "DTEND:20261124T140000Z")
    round_()
    busy = taken.busy(engine, monday, monday + timedelta(days=3), now=monday)
    assert busy == {f"practitioner:{BEN}": [(at(TUESDAY, "13:00"), at(TUESDAY, "14:00"))]}
