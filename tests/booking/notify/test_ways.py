"""A client is told each thing once: in the chat that reaches them, by e-mail where none does."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from clinic.booking.notify import ways
from clinic.booking.notify.chat import tell_due
from clinic.channels.messaging.platform import Recipient
from clinic.channels.messenger import MessengerInput
from clinic.channels.telegram import TelegramInput
from clinic.channels.twilio import TwilioInput
from clinic.channels.whatsapp import WhatsAppInput
from clinic.conversation import joined
from clinic.conversation.history import said_since
from clinic.conversation.tables import messaged
from clinic.database import appointments
from clinic.settings import clinic
from clinic.settings.environment.channels import Access
from tests.booking.bookings import JANE, cancelled, moved

HER, FRIDAY = JANE.contact, date(2026, 11, 27)
DAY = timedelta(hours=24)


@pytest.fixture(autouse=True)
def channels(monkeypatch):
    """Telegram and Messenger are switched on."""
    for name in ("TELEGRAM_TOKEN", "MESSENGER_TOKEN", "MESSENGER_APP_SECRET"):
        monkeypatch.setenv(name, "110201543:AAH")


@pytest.fixture
def mail(monkeypatch, server):
    """E-mails are sent; the server's address is what the settings name."""
    monkeypatch.setenv("MAIL_HOST", server.settings.host)


@pytest.fixture
def in_chat(engine, book, monday):
    """A function that lets Jane book on a platform, on which she wrote at a time; returns her appointment."""

    def booked(conversation="telegram:42", heard_at=monday):
        made = book(day=FRIDAY)
        row = {"conversation": conversation, "channel": conversation.partition(":")[0], "recipient": "42"}
        with engine.begin() as connection:
            connection.execute(messaged.insert().values(**row, through="", last_event=0, heard_at=heard_at))
            connection.execute(appointments.update().values(conversation=conversation))
        return made

    return booked


@pytest.fixture
def news(engine, server, send):
    """A function: what Jane was told until a time, in her chat and by e-mail."""

    def until(at, conversation="telegram:42"):
        tell_due(engine, clinic(), at)
        send(at)
        tell_due(engine, clinic(), at)
        said = [one.text.partition(":")[0] for one in said_since(engine, conversation, 0)]
        return said, [subject.partition(":")[0] for subject in server.subjects(HER)]

    return until


def test_a_booking_in_a_chat_is_confirmed_by_e_mail_as_well_for_the_calendar(in_chat, news, monday, mail):
    in_chat()
    said, mails = news(monday)
    assert said == []  # it was said when it was booked
    assert len(mails) == 1


def test_changes_and_reminders_come_in_the_chat_alone(in_chat, news, engine, monday, mail):
    made = in_chat()
    news(monday)
    made = moved(engine, made, monday, "10:00", FRIDAY, who="staff:Alex")
    said, mails = news(monday)
    assert (len(said), len(mails)) == (1, 1)
    said, mails = news(made.starts_at - timedelta(hours=23))
    assert (len(said), len(mails)) == (2, 1)
    cancelled(engine, made, made.starts_at - timedelta(hours=22), who="staff:Alex")
    said, mails = news(made.starts_at - timedelta(hours=22))
    assert (len(said), len(mails)) == (3, 1)


def test_what_the_client_changes_in_the_chat_is_not_e_mailed_later_either(
    in_chat, news, engine, monday, mail
):
    made = in_chat()
    news(monday)
    moved(engine, made, monday, "10:00", FRIDAY)
    with engine.begin() as connection:
        connection.execute(messaged.update().values(stopped_at=monday + timedelta(hours=1)))
    assert news(monday + timedelta(days=2)) == ([], news(monday)[1])


def test_where_the_platform_lets_nobody_write_the_e_mail_comes_instead(in_chat, news, monday, mail):
    made = in_chat("messenger:42")
    news(monday, "messenger:42")
    said, mails = news(made.starts_at - timedelta(hours=23), "messenger:42")
    assert said == []
    assert len(mails) == 2


def test_who_wrote_within_a_day_is_reminded_in_the_chat(in_chat, news, monday, mail):
    made = in_chat("messenger:42", heard_at=monday + timedelta(days=3))
    news(monday, "messenger:42")
    said, mails = news(made.starts_at - timedelta(hours=23), "messenger:42")
    assert (len(said), len(mails)) == (1, 1)


def test_what_was_e_mailed_is_not_told_in_the_chat_when_the_client_writes_again(
    in_chat, news, engine, monday, mail
):
    made = in_chat("messenger:42")
    at = made.starts_at - timedelta(hours=23)
    _, mails = news(at, "messenger:42")
    with engine.begin() as connection:
        connection.execute(messaged.update().values(heard_at=at))
    assert news(at, "messenger:42") == ([], mails)


def test_where_no_e_mails_are_sent_the_chat_is_tried_all_the_same(in_chat, engine):
    made = in_chat("messenger:42")
    assert tell_due(engine, clinic(), made.starts_at - timedelta(hours=23)) == 1


def test_who_wants_no_messages_in_the_chat_gets_e_mails(in_chat, news, engine, monday, mail):
    made = in_chat()
    with engine.begin() as connection:
        connection.execute(messaged.update().values(stopped_at=monday))
    news(monday)
    said, mails = news(made.starts_at - timedelta(hours=23))
    assert (said, len(mails)) == ([], 2)


def test_a_channel_that_is_switched_off_reaches_nobody(in_chat, news, monday, mail, monkeypatch):
    made = in_chat()
    news(monday)
    monkeypatch.delenv("TELEGRAM_TOKEN")
    said, mails = news(made.starts_at - timedelta(hours=23))
    assert (said, len(mails)) == ([], 2)


def test_what_is_told_goes_to_the_chat_that_the_client_chose(in_chat, news, engine, monday, mail):
    made = in_chat()
    row = {"conversation": "telegram:7", "channel": "telegram", "recipient": "7", "through": ""}
    with engine.begin() as connection:
        connection.execute(messaged.insert().values(**row, last_event=0, heard_at=monday))
        joined.keep(connection, made.id, "telegram:7", agreed=True, at=monday)
    said, _ = news(made.starts_at - timedelta(hours=23), "telegram:7")
    assert len(said) == 1
    assert said_since(engine, "telegram:42", 0) == []


CHANNELS = {
    each.name(): each.platform for each in (TelegramInput, MessengerInput, WhatsAppInput, TwilioInput)
}
TEMPLATES = "channels:\n  whatsapp:\n    template: clinic_message\n  twilio:\n    template: HX1\n"


@pytest.mark.parametrize("templates", ["", TEMPLATES])
@pytest.mark.parametrize("recipient", ["+447700900123", "whatsapp:+447700900123"])
@pytest.mark.parametrize("name", list(CHANNELS))
def test_a_chat_is_open_where_its_platform_says_so(name, recipient, templates, clinic_file):
    clinic_file.write_text(clinic_file.read_text(encoding="utf-8") + templates, encoding="utf-8")
    platform = CHANNELS[name](Access("http://127.0.0.1:1", "t", "k", "7"))
    window = platform.window(Recipient(recipient, ""))
    assert window in {None, ways.WINDOW}
    free = window is None or platform.in_template("Hello") is not None
    assert ways.is_open(clinic(), name, recipient) == free
