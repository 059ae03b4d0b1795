"""Bookings that are kept elsewhere: a page of the clinic's, or Cal.com."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from clinic.booking import calcom
from clinic.booking.calcom import CalCom
from clinic.booking.handoff import ElsewhereAway, PerhapsBooked
from clinic.booking.model import SlotTaken
from clinic.database import appointments, database, migrate, taken_time
from clinic.settings import ClinicFileError, clinic
from tests.assistant import free_port
from tests.booking.diaries import at
from tests.calcom import KEY, CalComServer

LONDON = ZoneInfo("Europe/London")
FRIDAY = date(2026, 11, 27)


@pytest.fixture
def visitor(talk, clinic_file):
    migrate()
    return talk.visitor()


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("CALCOM_KEY", KEY)
    running = CalComServer()
    yield running
    running.stop()


def handed_to(clinic_file, *lines):
    text = clinic_file.read_text(encoding="utf-8")
    new = "".join(f"    {line}\n" for line in lines)
    clinic_file.write_text(text.replace("booking:\n", f"booking:\n  handoff:\n{new}"), encoding="utf-8")


@pytest.fixture
def with_calcom(clinic_file, server):
    numbers = "calcom: {Consultation: 101, Facial acupuncture: 102}"
    handed_to(clinic_file, numbers, f"address: {server.address}")


def stored():
    with database().connect() as connection:
        tables = (appointments, taken_time)
        return sum(
            connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() for table in tables
        )


# --- a link


def test_a_link_is_given_at_once_when_nothing_need_be_asked(visitor, clinic_file):
    handed_to(clinic_file, "link: https://book.example/")
    assert "https://book.example/" in visitor.says("I'd like to book an appointment")
    assert stored() == 0


def test_what_a_link_names_is_asked_for_and_filled_in(visitor, clinic_file):
    handed_to(clinic_file, 'link: "https://book.example/?s={service}&n={name}"')
    assert "What would you like to book" in visitor.says("book an appointment please")
    assert "What name" in visitor.says("facial acupuncture")
    said = visitor.says("Zoë O'Neil")
    assert "https://book.example/?s=Facial%20acupuncture&n=Zo%C3%AB%20O%27Neil" in said
    assert stored() == 0


def test_appointments_kept_elsewhere_are_not_looked_for_here(visitor, clinic_file):
    handed_to(clinic_file, "link: https://book.example/")
    for text in ("when is my appointment?", "cancel my appointment", "I need to reschedule"):
        said = visitor.says(text)
        assert "clinic's own booking system" in said
        assert "+44 20 7946 0018" in said


# --- Cal.com


def book(visitor, *turns):
    return [visitor.says(text) for text in turns][-1]


def test_the_same_conversation_ends_with_a_booking_in_calcom(visitor, with_calcom, server):
    said = book(visitor, "book a facial", "friday at 2pm", "Rosa Diaz", "rosa@example.com", "yes please")
    assert "uid1" in said
    assert "Friday 27 November at 14:00" in said
    booked = server.bookings[at(FRIDAY, "14:00")]
    assert booked["attendee"] == {
        "name": "Rosa Diaz",
        "email": "rosa@example.com",
        "timeZone": "Europe/London",
        "language": "en",
    }
    assert stored() == 0


def test_only_what_is_free_there_is_offered(visitor, with_calcom, server):
    server.bookings[at(FRIDAY, "14:00")] = {"minutes": 60}
    said = book(visitor, "book a facial", "friday at 2pm")
    assert "isn't free" in said
    assert "Fri 27 Nov, 14:00" not in visitor.buttons
    assert "Fri 27 Nov, 15:00" in visitor.buttons


def test_with_a_phone_number_alone_an_address_is_asked_for(visitor, with_calcom, server):
    said = book(visitor, "book a facial", "friday at 2pm", "Rosa Diaz", "07700 900123")
    assert "e-mail address" in said
    book(visitor, "rosa@example.com", "yes please")
    assert server.bookings[at(FRIDAY, "14:00")]["attendee"]["email"] == "rosa@example.com"


def test_a_time_that_went_while_the_visitor_typed_is_offered_anew(visitor, with_calcom, server):
    book(visitor, "book a facial", "friday at 2pm", "Rosa Diaz", "rosa@example.com")
    server.bookings[at(FRIDAY, "14:00")] = {"minutes": 60}
    said = visitor.says("yes please")
    assert "just taken" in said
    assert visitor.buttons
    book(visitor, "friday at 3pm", "yes please")
    assert server.bookings[at(FRIDAY, "15:00")]["attendee"]["name"] == "Rosa Diaz"


def test_a_booking_that_the_clinic_has_still_to_confirm_is_called_so(visitor, with_calcom, server):
    server.pending = True
    said = book(visitor, "book a facial", "friday at 2pm", "Rosa Diaz", "rosa@example.com", "yes please")
    assert "still to confirm" in said
    assert "You're booked" not in said


def test_when_calcom_is_away_nothing_is_promised(visitor, with_calcom, server):
    book(visitor, "book a facial", "friday at 2pm", "Rosa Diaz", "rosa@example.com")
    server.broken = True
    said = visitor.says("yes please")
    assert "nothing has been booked" in said
    assert "+44 20 7946 0018" in said
    assert server.bookings == {}


def test_when_no_answer_comes_the_assistant_says_that_it_does_not_know(
    visitor, with_calcom, server, monkeypatch
):
    book(visitor, "book a facial", "friday at 2pm", "Rosa Diaz", "rosa@example.com")
    monkeypatch.setattr(calcom, "TIMEOUT", (1.0, 0.3))
    server.slow = 1.0
    said = visitor.says("yes please")
    assert "can't tell whether" in said
    assert "ask the clinic before booking again" in said


# --- the client


def test_free_times_are_read_in_any_time_zone(server):
    starts = CalCom(server.address, KEY).free(102, FRIDAY, FRIDAY, ZoneInfo("America/New_York"))
    assert starts[0] == at(FRIDAY, "09:00")
    assert len(starts) == 15


def request(server, key=KEY, start=None):
    api = CalCom(server.address, key)
    who = {"name": "J", "email": "j@example.com", "phone": "+447700900123", "key": "k"}
    return api.book(101, start or at(FRIDAY, "09:00"), LONDON, **who)


def test_a_time_is_sold_once(server):
    assert request(server).uid == "uid1"
    with pytest.raises(SlotTaken):
        request(server)
    assert server.bookings[at(FRIDAY, "09:00")]["metadata"] == {"key": "k"}


def test_a_wrong_key_is_no_taken_time(server):
    with pytest.raises(ElsewhereAway, match="401"):
        request(server, key="wrong")
    with pytest.raises(ElsewhereAway, match="401"):
        CalCom(server.address, None).free(101, FRIDAY, FRIDAY, LONDON)


def test_a_server_that_is_not_there_booked_nothing():
    nowhere = CalCom(f"http://127.0.0.1:{free_port()}", KEY)
    with pytest.raises(ElsewhereAway):
        nowhere.book(
            101, datetime(2026, 11, 27, 9, tzinfo=UTC), LONDON, name="J", email="j@e.x", phone=None, key="k"
        )


def test_a_server_that_fell_silent_may_have_booked(server, monkeypatch):
    monkeypatch.setattr(calcom, "TIMEOUT", (1.0, 0.2))
    server.slow = 0.6
    with pytest.raises(PerhapsBooked):
        request(server)


# --- clinic.yml


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        (["link: book.example"], "address"),
        (['link: "https://book.example/{when}"'], "when"),
        (["calcom: {Consultation: 101}"], "Facial acupuncture"),
        (["calcom: {Consultation: soon, Facial acupuncture: 102}"], "integer"),
        (["link: https://book.example/", "calcom: {Consultation: 1, Facial acupuncture: 2}"], "either"),
        (["address: https://cal.example"], "either"),
    ],
)
def test_a_mistake_in_the_hand_off_is_named(clinic_file, lines, word):
    handed_to(clinic_file, *lines)
    with pytest.raises(ClinicFileError, match=word):
        clinic()
