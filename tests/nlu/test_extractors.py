from __future__ import annotations

import pytest
from rasa.shared.core.events import ActiveLoop, SlotSet
from rasa.shared.core.slots import AnySlot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from clinic.nlu.contact_details import ContactDetails
from clinic.nlu.date_and_time import DateAndTime
from clinic.nlu.names import Names
from clinic.nlu.services import Services

KNOWN = frozenset({"pregnant", "scared", "interested"})
SLOTS = [AnySlot("requested_slot", [{"type": "custom"}])]


def asked_for(slot):
    """Return a conversation in which a form asks for a slot, or one without a form."""
    events = [ActiveLoop("booking_form"), SlotSet("requested_slot", slot)] if slot else []
    return DialogueStateTracker.from_events("visitor", events, slots=SLOTS)


def extracted(text, asked=None, intent="faq"):
    """Return the entities of a message that has passed all extractors, as (entity, value)."""
    message = Message({TEXT: text, INTENT: {"name": intent, "confidence": 0.9}})
    tracker = asked_for(asked)
    ContactDetails({}).process([message])
    DateAndTime({}).process([message], tracker)
    Services({}).process([message])
    Names({}, None, None, KNOWN).process([message], tracker)
    return {entity["entity"]: entity["value"] for entity in message.get(ENTITIES) or []}


def time_of(text, **how):
    return extracted(text, **how).get("time")


def test_everything_said_in_one_message_is_found():
    found = extracted(
        "I'm Jane Doe, a facial tomorrow at 3pm, 07700 900123 or jane@example.com", intent="book"
    )
    assert found["name"] == "Jane Doe"
    assert found["service"] == "Facial acupuncture"
    assert found["phone"] == "+447700900123"
    assert found["email"] == "jane@example.com"
    assert found["time"] == {
        "first_day": "2026-11-24",
        "last_day": "2026-11-24",
        "earliest": "15:00",
        "latest": None,
        "exact": True,
        "problem": None,
        "shift": None,
    }


@pytest.mark.parametrize(
    "text", ["07700 900123", "020 7946 0018", "+44 20 7946 0018", "my number is 0770 0900 123", "ABC-234"]
)
def test_phone_numbers_and_references_are_no_times(text):
    assert time_of(text, asked="client_contact") is None
    assert time_of(text, asked="appointment_start") is None


def test_a_lone_number_is_an_hour_only_where_a_time_was_asked_for():
    assert time_of("3", asked="appointment_start")["earliest"] == "15:00"
    assert time_of("3", asked="client_name") is None
    assert time_of("3") is None


def test_dates_are_read_as_the_clinics_country_writes_them(clinic_file):
    assert time_of("3/12")["first_day"] == "2026-12-03"
    text = clinic_file.read_text(encoding="utf-8")
    clinic_file.write_text(text.replace("country: GB", "country: US"), encoding="utf-8")
    assert time_of("3/12")["first_day"] == "2027-03-12"


def test_today_is_the_clinics_day(monkeypatch, clinic_file):
    monkeypatch.setenv("CLINIC_NOW", "2026-11-23T20:00Z")
    text = clinic_file.read_text(encoding="utf-8")
    clinic_file.write_text(text.replace("Europe/London", "Australia/Sydney"), encoding="utf-8")
    assert time_of("today")["first_day"] == "2026-11-24"


@pytest.mark.parametrize("slot", ["client_name", "handoff_name"])
@pytest.mark.parametrize("text", ["jane doe", "Jane Doe, 07700 900123", "it's Jane Doe"])
def test_a_name_is_what_answers_the_question_for_one(slot, text):
    assert extracted(text, asked=slot)["name"] == "Jane Doe"


@pytest.mark.parametrize("text", ["why do you need that?", "jane?"])
def test_a_question_is_not_taken_for_a_name(text):
    assert "name" not in extracted(text, asked="client_name")


def test_outside_a_form_words_are_no_names():
    assert "name" not in extracted("rose water")
    assert "name" not in extracted("I'm Grace", intent="faq")


def test_an_appointment_with_a_contact_needs_no_form_for_its_name():
    assert extracted("Jane Doe here, my name is Jane Doe, jane@example.com")["name"] == "Jane Doe"


def test_a_weekday_that_contradicts_its_date_is_told_apart():
    assert time_of("friday 4th at 3pm")["first_day"] == "2026-12-04"
    assert "weekdays" not in time_of("friday 4th at 3pm")
    found = time_of("Monday 4th at 11")
    assert (found["problem"], found["first_day"], found["weekdays"]) == ("contradiction", "2026-12-04", [0])


@pytest.mark.parametrize(
    ("text", "name"),
    [("Rosa Diaz", "Rosa Diaz"), ("rosa diaz", "Rosa Diaz"), ("hi, Rosa Diaz here", "Rosa Diaz")],
)
def test_a_whole_message_that_is_a_name_is_one_whatever_is_asked(text, name):
    assert extracted(text, asked="appointment_start")["name"] == name


@pytest.mark.parametrize(
    "text", ["Ada Moor", "Facial Acupuncture", "any time", "Good Morning", "YES FFS", "Rosa"]
)
def test_what_is_no_name_is_none_while_something_else_is_asked(text):
    assert "name" not in extracted(text, asked="appointment_start")
