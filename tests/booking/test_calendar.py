from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.booking.calendar import Entry, feed, invitation, stored
from clinic.booking.vtimezone import vtimezone

LONDON = ZoneInfo("Europe/London")
ZONES = ["Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Casablanca"]
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=80)


def entry(start: datetime = datetime(2026, 11, 25, 15, tzinfo=UTC), **values: object) -> Entry:
    rest = {"uid": "one@here", "sequence": 0, "changed_at": datetime(2026, 11, 23, 10, tzinfo=UTC)}
    return Entry(
        **(rest | {"title": "A treatment", "start": start, "end": start + timedelta(hours=1)} | values)
    )


def only_event(content: bytes) -> icalendar.Event:
    (event,) = icalendar.Calendar.from_ical(content).walk("VEVENT")
    return event


BOTH = {"organizer": ("The Clinic", "hello@clinic.example"), "attendee": ("Jane", "jane@example.com")}


def test_an_appointment_stands_at_its_local_time_with_its_zone():
    summer = entry(datetime(2026, 7, 1, 14, tzinfo=UTC))
    event = only_event(invitation(summer, LONDON))
    assert event.start == datetime(2026, 7, 1, 15, tzinfo=LONDON)
    assert event["DTSTART"].params["TZID"] == "Europe/London"
    assert event.end - event.start == timedelta(hours=1)


@pytest.mark.parametrize(
    ("values", "method"),
    [
        ({}, "PUBLISH"),
        (BOTH, "REQUEST"),
        (BOTH | {"cancelled": True}, "CANCEL"),
        ({"cancelled": True}, "CANCEL"),
    ],
)
def test_the_method_says_what_a_calendar_is_to_do(values, method):
    calendar = icalendar.Calendar.from_ical(invitation(entry(**values), LONDON))
    assert calendar["METHOD"] == method
    assert only_event(calendar.to_ical())["STATUS"] == ("CANCELLED" if "cancelled" in values else "CONFIRMED")


def test_a_change_keeps_the_uid_and_counts_on():
    event = only_event(invitation(entry(sequence=3), LONDON))
    assert (event["UID"], event["SEQUENCE"]) == ("one@here", 3)


def test_a_server_stores_entries_without_a_method():
    assert "METHOD" not in icalendar.Calendar.from_ical(stored(entry(**BOTH), LONDON))


def test_a_client_is_not_asked_to_reply():
    attendee = only_event(invitation(entry(**BOTH), LONDON))["ATTENDEE"]
    assert attendee.params["RSVP"] == "FALSE"
    assert attendee.params["PARTSTAT"] == "ACCEPTED"


def test_an_empty_feed_is_a_calendar_all_the_same():
    calendar = icalendar.Calendar.from_ical(feed("Ada Moor", [], LONDON))
    assert (calendar["X-WR-CALNAME"], calendar.walk("VEVENT")) == ("Ada Moor", [])


def test_lines_are_folded_as_the_standard_asks():
    content = invitation(entry(title="Gesichts-Akupunktur für Zoë " * 9, details="ä" * 300, **BOTH), LONDON)
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")


@given(title=ANY_TEXT, details=ANY_TEXT, name=ANY_TEXT)
def test_no_text_adds_a_line_of_its_own(title, details, name):
    """Names come from visitors: whatever they hold stays inside its property."""
    made = entry(title=title, details=details, organizer=BOTH["organizer"], attendee=(name, "j@example.com"))
    plain = entry(title="x", details="x", **BOTH)
    names = [line.split(b":")[0].split(b";")[0] for line in _unfolded(invitation(made, LONDON))]
    expected = [line.split(b":")[0].split(b";")[0] for line in _unfolded(invitation(plain, LONDON))]
    assert [n for n in names if n != b"DESCRIPTION"] == [n for n in expected if n != b"DESCRIPTION"]
    icalendar.Calendar.from_ical(invitation(made, LONDON))


def _unfolded(content: bytes) -> list[bytes]:
    return content.replace(b"\r\n ", b"").split(b"\r\n")


@pytest.mark.parametrize("name", ZONES)
def test_a_time_zone_describes_every_hour_of_its_years(name):
    """Read with nothing but the file's own rules, each hour has the offset that the zone has."""
    zone = ZoneInfo(name)
    first, last = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 12, 31, tzinfo=UTC)
    onsets = sorted(
        (part["DTSTART"].dt - part["TZOFFSETFROM"].td, part["TZOFFSETTO"].td)
        for part in vtimezone(zone, first, last).subcomponents
    )
    for hour in range(int((last - first) / timedelta(hours=1))):
        at = first + timedelta(hours=hour)
        offset = next(to for since, to in reversed(onsets) if since <= at.replace(tzinfo=None))
        assert offset == at.astimezone(zone).utcoffset(), at


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_appointments_on_the_days_when_clocks_change_keep_their_hour(day):
    start = datetime(day.year, day.month, day.day, 9, tzinfo=LONDON).astimezone(UTC)
    assert only_event(invitation(entry(start), LONDON)).start.astimezone(UTC) == start
