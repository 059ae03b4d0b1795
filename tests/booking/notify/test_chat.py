"""What is told in the chat in which an appointment was booked, and when."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from clinic.booking import store
from clinic.booking.notify.chat import tell_due
from clinic.booking.records import By, with_id
from clinic.booking.visits import visit
from clinic.conversation.history import said_since
from clinic.conversation.tables import messaged
from clinic.settings import clinic
from tests.booking.bookings import BY_PHONE, by, cancelled, moved
from tests.booking.diaries import slot

FRIDAY = date(2026, 11, 27)
CHAT = "telegram:42"


@pytest.fixture(autouse=True)
def telegram(monkeypatch):
    """The channel is switched on."""
    monkeypatch.setenv("TELEGRAM_TOKEN", "110201543:AAH")


@pytest.fixture
def made(engine, monday):
    """An appointment on Friday at nine, booked in a chat on Telegram."""
    row = {"conversation": CHAT, "channel": "telegram", "recipient": "42", "through": "", "last_event": 0}
    with engine.begin() as connection:
        connection.execute(messaged.insert().values(**row, heard_at=monday))
    wanted = slot(FRIDAY, "09:00", 60, "Ada Moor")
    booked = store.book(engine, wanted, "Facial acupuncture", BY_PHONE, by(monday), conversation=CHAT)
    return visit(engine, booked.reference)


@pytest.fixture
def told(engine):
    """What is told now; nothing is told twice."""

    def tell(at):
        before = len(said_since(engine, CHAT, 0))
        count = tell_due(engine, clinic(), at)
        assert tell_due(engine, clinic(), at) == 0
        said = said_since(engine, CHAT, 0)[before:]
        assert len(said) == count
        return said

    return tell


def test_what_was_booked_in_the_chat_is_not_told_again(made, told, monday):
    assert told(monday) == []


def test_a_reminder_comes_a_day_before_with_a_way_to_change_it(made, told):
    assert told(made.starts_at - timedelta(hours=25)) == []
    (reminder,) = told(made.starts_at - timedelta(hours=23))
    assert "A reminder: your appointment is on Friday 27 November at 09:00" in reminder.text
    assert [button["payload"] for button in reminder.buttons] == [
        "move my appointment",
        "cancel my appointment",
    ]
    assert "/appointment/" in reminder.custom["manage"]


def test_a_change_by_the_staff_is_told_as_it_now_stands(made, told, engine, monday):
    moved(engine, made, monday, "10:00", FRIDAY, who="staff:Alex")
    moved(engine, visit(engine, made.reference), monday, "11:00", FRIDAY, who="staff:Alex")
    (change,) = told(monday)
    assert "now on Friday 27 November at 11:00" in change.text
    assert change.custom["ics"].endswith(".ics")


def test_what_the_client_does_in_the_chat_is_not_told_again(made, told, engine, monday):
    cancelled(engine, made, monday)
    assert told(monday) == []


def test_what_the_client_does_on_the_page_is_told_in_the_chat(made, told, engine, monday):
    store.cancel(engine, with_id(engine, made.id), By("page:x:0:cancel", monday))
    assert "is cancelled" in told(monday)[0].text


def test_who_wants_no_more_messages_is_told_nothing(made, told, engine, monday):
    with engine.begin() as connection:
        connection.execute(messaged.update().values(stopped_at=monday))
    moved(engine, made, monday, "10:00", FRIDAY, who="staff:Alex")
    assert told(monday) == []
    assert told(made.starts_at - timedelta(hours=2)) == []


def test_an_appointment_of_the_widget_is_told_of_by_e_mail_alone(engine, monday, book):
    made = book(day=FRIDAY)
    assert tell_due(engine, clinic(), made.starts_at - timedelta(hours=23)) == 0
