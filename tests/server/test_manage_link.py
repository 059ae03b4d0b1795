"""From a booking in the chat to its calendar file and its manage page, on the real assistant."""

import re
from urllib.parse import urlsplit

import icalendar

from tests.booked import booked

TURNS = ("book a facial", "friday at 2pm", "Rosa Diaz", "rosa.diaz@example.com", "yes please")


def path(address):
    return urlsplit(address).path


def test_a_confirmation_carries_what_the_widget_shows(assistant):
    replies, custom = booked(assistant)
    assert custom["type"] == "booking"
    assert set(custom) == {"type", "reference", "service", "when", "ics", "manage"}
    assert any(custom["reference"] in reply.get("text", "") for reply in replies)

    status, file = assistant.call("GET", path(custom["ics"]))
    (event,) = icalendar.Calendar.from_ical(file).walk("VEVENT")
    assert status == 200
    assert event["SUMMARY"] == "Facial acupuncture, Test Clinic"

    status, page = assistant.call("GET", path(custom["manage"]))
    assert status == 200
    assert custom["when"] in page

    form = assistant.call("GET", f"{path(custom['manage'])}/cancel")[1]
    version = re.search(r'name="version" value="(\d+)"', form)[1]
    status, page = assistant.call("POST", f"{path(custom['manage'])}/cancel", f"version={version}".encode())
    assert (status, "has been cancelled" in page) == (200, True)
    assert "METHOD:CANCEL" in assistant.call("GET", path(custom["ics"]))[1]


def test_the_widgets_stream_carries_it_too(assistant):
    token = assistant.session()
    for text in TURNS:
        said = assistant.answered(token, text)
    cards = [event["custom"] for event in said if event.get("custom")]
    assert any(card["type"] == "booking" for card in cards)
