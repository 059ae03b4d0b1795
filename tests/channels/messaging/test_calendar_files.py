"""The calendar file goes as a document where the platform takes it, and as a link where it does not."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from clinic.booking import store
from clinic.channels.messaging import calls, deliveries, receipts
from clinic.channels.messaging.incoming import Receipt
from clinic.channels.messaging.platform import Never, NotNow, Recipient
from clinic.channels.messaging.spoken import Choice, Link, Spoken
from clinic.channels.messenger import Messenger
from clinic.channels.simulator.messenger import MessengerSimulator
from clinic.channels.simulator.telegram import TelegramSimulator
from clinic.channels.simulator.twilio import TwilioSimulator
from clinic.channels.simulator.whatsapp import WhatsAppSimulator
from clinic.channels.telegram import Telegram
from clinic.channels.twilio import Twilio
from clinic.channels.whatsapp import WhatsApp
from clinic.conversation.tables import deliveries as delivery_rows
from clinic.database import database, migrate, requests
from clinic.settings import environment
from tests.booking.bookings import TUESDAY, by
from tests.booking.diaries import ADA, slot
from tests.booking.test_store import JANE
from tests.conftest import MONDAY

CHAT = "447700900123"
ICS = "https://c.example/appointment/calendar/x.ics"
KINDS = {
    "telegram": (TelegramSimulator, Telegram),
    "messenger": (MessengerSimulator, Messenger),
    "whatsapp": (WhatsAppSimulator, WhatsApp),
    "twilio": (TwilioSimulator, Twilio),
}
WITH_FILES = ("telegram", "messenger", "whatsapp")


@pytest.fixture
def reference():
    migrate()
    wanted = slot(TUESDAY, "09:00", 60, ADA)
    return store.book(database(), wanted, "Facial acupuncture", JANE, by(MONDAY)).reference


@pytest.fixture
def over(monkeypatch):
    """A function that starts a simulator; it ends with the test."""
    started = []

    def start(name):
        simulator, platform = KINDS[name]
        sim = simulator("http://127.0.0.1:1")
        sim.receipts = False
        started.append(sim)
        for setting, value in sim.settings().items():
            monkeypatch.setenv(setting, value)
        return sim, platform(environment().channels[name])

    yield start
    for sim in started:
        sim.close()


async def sent(platform, said):
    """Send all of what was said, as the delivery does."""
    through = "+15550783881"
    chat = f"+{CHAT}" if platform.name == "twilio" else CHAT
    async with calls.session() as session:
        return [
            await platform.send(session, Recipient(chat, through), content)
            for content in platform.rendered(said)
        ]


def confirmed(reference):
    manage = Link("Move or cancel", "https://c.example/appointment/y")
    return Spoken("You're booked.", [], [manage], None, reference, Link("For your calendar", ICS))


@pytest.mark.parametrize("name", WITH_FILES)
async def test_the_file_follows_the_words(name, reference, over):
    sim, platform = over(name)
    names = await sent(platform, confirmed(reference))
    words, document = sim.read(CHAT)
    assert (words.text, words.links[0][1]) == ("You're booked.", "https://c.example/appointment/y")
    assert b"BEGIN:VCALENDAR" in document.file
    assert names[1].endswith(document.id)


@pytest.mark.parametrize("name", WITH_FILES)
async def test_a_file_that_is_refused_becomes_a_link(name, reference, over):
    sim, platform = over(name)
    sim.takes_files = False
    await sent(platform, confirmed(reference))
    words, link = sim.read(CHAT)
    assert (words.text, link.file) == ("You're booked.", None)
    assert link.text == f"For your calendar: {ICS}"


@pytest.mark.parametrize("name", WITH_FILES)
async def test_a_platform_that_is_away_gets_the_file_later(name, reference, over):
    sim, platform = over(name)
    (file,) = [content for content in platform.rendered(confirmed(reference)) if "booking" in content]
    async with calls.session() as session:
        sim.fault = lambda _number: "500"
        with pytest.raises(NotNow):
            await platform.send(session, Recipient(CHAT, ""), file)
        sim.fault = lambda _number: None
        await platform.send(session, Recipient(CHAT, ""), file)
    (document,) = sim.read(CHAT)
    assert document.file


@pytest.mark.parametrize("name", WITH_FILES)
async def test_whoever_takes_no_messages_gets_no_link_either(name, reference, over):
    sim, platform = over(name)
    sim.fault = lambda _number: "refused"
    with pytest.raises(Never):
        await sent(platform, Spoken("", [], [], None, reference, Link("For your calendar", ICS)))
    assert sim.read(CHAT) == []


async def test_of_an_appointment_that_is_gone_nothing_is_sent(over):
    migrate()
    sim, platform = over("whatsapp")
    with pytest.raises(Never, match="no longer there"):
        await sent(platform, Spoken("", [], [], None, "AAA-222", Link("For your calendar", ICS)))
    assert sim.read(CHAT) == []


async def test_whatsapps_document_has_its_link_below_for_phones_that_cannot_open_it(reference, over):
    sim, platform = over("whatsapp")
    await sent(platform, confirmed(reference))
    assert sim.read(CHAT)[1].text == f"For your calendar: {ICS}"


def row_of(platform, reference):
    """Keep WhatsApp's document as the delivery does once it was sent, and return its conversation."""
    (file,) = [content for content in platform.rendered(confirmed(reference)) if "booking" in content]
    conversation = f"whatsapp:{CHAT}"
    with database().begin() as connection:
        row = deliveries.row(conversation, 1, 0, "whatsapp", file, MONDAY)
        connection.execute(delivery_rows.insert().values(row))
    deliveries.sent(database(), deliveries.next_of(database(), conversation), "wamid.1", MONDAY)
    return conversation


def kept(table, column):
    with database().connect() as connection:
        return list(connection.execute(sa.select(table.c[column])).scalars())


def test_a_document_that_whatsapp_refuses_afterwards_becomes_a_link(reference, over):
    _, platform = over("whatsapp")
    conversation = row_of(platform, reference)
    failed = Receipt("wamid.1", "failed", "error 131053")
    assert receipts.store(database(), platform, [failed]) == []
    due = deliveries.next_of(database(), conversation)
    assert due.content == {
        "type": "text",
        "text": {"body": f"For your calendar: {ICS}", "preview_url": False},
    }
    assert kept(requests, "message") == []
    deliveries.sent(database(), due, "wamid.2", MONDAY)
    receipts.store(database(), platform, [Receipt("wamid.2", "failed", "error 131026")])
    assert deliveries.next_of(database(), conversation) is None
    assert len(kept(requests, "message")) == 1


def test_of_a_document_that_was_delivered_nothing_is_kept(reference, over):
    _, platform = over("whatsapp")
    row_of(platform, reference)
    assert kept(delivery_rows, "content") != [None]
    receipts.store(database(), platform, [Receipt("wamid.1", "delivered")])
    assert kept(delivery_rows, "content") == [None]


async def test_messengers_quick_replies_stay_under_the_last_message(reference, over):
    _, platform = over("messenger")
    said = confirmed(reference)
    said.choices.append(Choice("Book another", "choice:7:0", "book"))
    contents = platform.rendered(said)
    assert ["quick_replies" in content for content in contents] == [False, True]
    assert contents[0]["attachment"]["type"] == "file"


async def test_twilio_takes_no_such_file_and_gets_the_link(reference, over):
    sim, platform = over("twilio")
    await sent(platform, confirmed(reference))
    assert f"For your calendar: {ICS}" in sim.read(f"+{CHAT}")[0].text
