"""Whatever is said comes out within each platform's limits, as the simulators know them; nothing is lost."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.channels.messaging.spoken import Choice, Link, Spoken, place_of, spoken
from clinic.channels.messaging.text import pieces, size, title
from clinic.channels.messenger import Messenger
from clinic.channels.simulator import messenger, telegram, twilio, whatsapp
from clinic.channels.simulator.forms import File
from clinic.channels.telegram import Telegram
from clinic.channels.twilio import Twilio
from clinic.channels.whatsapp import WhatsApp
from clinic.conversation.history import Said
from clinic.settings import clinic
from clinic.settings.environment.channels import Access

FILE = File(b"BEGIN:VCALENDAR", "text/calendar", "appointment.ics")
ACCESS = Access("http://127.0.0.1:1", "t", "k", "7")


def telegram_objects(content):
    return telegram._wrong(content["method"], content["body"] | {"chat_id": "1", "document": FILE})


def twilio_objects(content):
    return None if 0 < size(content["Body"]) <= twilio.LONGEST else "length"


def messenger_objects(content):
    file = {"filedata": FILE} if "booking" in content else {}
    return messenger._wrong({"messaging_type": "RESPONSE", "message": content} | file)


def whatsapp_objects(content):
    return whatsapp._wrong({"messaging_product": "whatsapp", "to": "1"} | content)


PLATFORMS = {
    "telegram": (Telegram(ACCESS), telegram_objects),
    "messenger": (Messenger(ACCESS), messenger_objects),
    "whatsapp": (WhatsApp(ACCESS), whatsapp_objects),
    "twilio": (Twilio(ACCESS), twilio_objects),
}
LONG = "This is a sentence of some length, and it says nothing. " * 200
MANAGE, ICS = (
    Link("Move or cancel", "https://c.example/m"),
    Link("For your calendar", "https://c.example/i.ics"),
)


def choice(name, at=0):
    return Choice(name, f"choice:7:{at}", name)


SAID = {
    "short": Spoken("Hello."),
    "long": Spoken(LONG),
    "one long word": Spoken("x" * 9000),
    "emoji": Spoken("👍🏽" * 4000),
    "buttons": Spoken("Shall I?", [choice("Yes", 0), choice("No", 1)]),
    "long text with buttons": Spoken(LONG, [choice("Yes", 0), choice("No", 1)]),
    "long titles": Spoken(
        "Which?", [choice("What is facial acupuncture for, and for whom?", n) for n in range(3)]
    ),
    "many buttons": Spoken("Which?", [choice(f"Number {n}", n) for n in range(25)]),
    "buttons alone": Spoken("", [choice("Yes")]),
    "picture": Spoken("Look:", image="https://c.example/x.png"),
    "picture alone": Spoken("", image="https://c.example/x.png"),
    "booking": Spoken("You're booked.", [], [MANAGE], None, "ABC-234", ICS),
    "long booking": Spoken(LONG, [choice("Yes")], [MANAGE], None, "ABC-234", ICS),
    "local links": Spoken("Here.", [], [Link("Page", "http://127.0.0.1/x")]),
}


@pytest.mark.parametrize("name", list(PLATFORMS))
@pytest.mark.parametrize("what", list(SAID))
def test_what_is_said_keeps_to_the_platforms_limits_and_loses_nothing(name, what):
    platform, objects = PLATFORMS[name]
    said, contents = SAID[what], platform.rendered(SAID[what])
    assert contents
    assert [objects(content) for content in contents] == [None] * len(contents)
    whole = json.dumps(contents, ensure_ascii=False)
    for link in said.all_links:
        assert link.url in whole
    for one in said.choices:
        assert one.title in whole or (name != "twilio" and title(one.title, 20) in whole)
    words = "".join(said.text.split())
    assert words[:2000] in "".join(json.loads(whole) and "".join(_texts(json.loads(whole))).split())


def _texts(value):
    """Every text of a content, in order."""
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for part in parts for text in _texts(part)]


@given(st.text(), st.integers(3, 60))
def test_a_text_in_pieces_is_the_text(text, limit):
    found = pieces(text, limit)
    assert all(0 < size(piece) <= limit for piece in found)
    assert "".join("".join(found).split()) == "".join(text.split())


def test_a_long_text_is_cut_after_sentences():
    assert pieces("One is here. Two is here. Three is here.", 27) == [
        "One is here. Two is here.",
        "Three is here.",
    ]
    assert pieces("A first paragraph.\n\nAnd a second one. It goes on.", 40)[0] == "A first paragraph."


def test_a_title_is_cut_at_a_word():
    assert title("What are the benefits?", 20) == "What are the…"
    assert title("Book an appointment", 20) == "Book an appointment"


def test_the_key_of_a_button_names_its_place_and_nothing_else_does():
    assert place_of("choice:12:3") == (12, 3)
    for wrong in ("/restart", "choice:", "choice:1", "choice:-1:0", "choice:1:²", "choice:1:9999999999", ""):
        assert place_of(wrong) is None


def said(**what):
    empty = {"text": None, "buttons": [], "image": None, "attachment": None, "custom": None}
    return Said(**{"id": 7, "sender": "bot", "time": ""} | empty | what)


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ({"custom": {"type": "list", "items": ["a", "b"]}}, "• a\n• b"),
        ({"text": "x", "attachment": "https://c.example/a"}, "x"),
        ({"custom": {"type": "unknown"}}, ""),
        ({"custom": [1]}, ""),
        ({"sender": "staff", "name": "Alex", "text": "Hi"}, "Alex: Hi"),
    ],
)
def test_rasas_responses_become_words(what, expected):
    assert spoken(said(**what), "C").text == expected


def test_times_to_choose_from_are_choices_once():
    slots = [{"title": "9:00", "payload": "9:00", "start": "x"}, {"title": "10:00", "payload": "10:00"}]
    buttons = [{"title": "9:00", "payload": "9:00"}]
    found = spoken(said(text="When?", buttons=buttons, custom={"type": "slots", "slots": slots}), "C")
    assert [(c.title, c.key) for c in found.choices] == [("9:00", "choice:7:0"), ("10:00", "choice:7:1")]


def test_after_24_hours_the_approved_template_of_clinic_yml_is_used(clinic_file):
    text = clinic_file.read_text(encoding="utf-8")
    more = "channels:\n  whatsapp:\n    template: clinic_message\n  twilio:\n    template: HX1\n"
    assert PLATFORMS["whatsapp"][0].in_template("x") is None
    clinic_file.write_text(f"{text}\n{more}", encoding="utf-8")
    assert clinic().channels.whatsapp.template == "clinic_message"
    content = PLATFORMS["whatsapp"][0].in_template("Two\nlines    here " + "x" * 2000)
    assert whatsapp_objects(content) is None
    assert json.loads(PLATFORMS["twilio"][0].in_template("Two\nlines")["ContentVariables"]) == {
        "1": "Two lines"
    }
