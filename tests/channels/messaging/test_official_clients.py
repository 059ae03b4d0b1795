"""The platforms' own or best-kept clients on the other side of the simulators.

They send what the simulators take, and read what the simulators send: so neither the shapes nor the
signatures are of our invention alone.
"""

from __future__ import annotations

import json

import httpx
import pytest
import telegram as ptb
from fbmessenger import BaseMessenger, MessengerClient
from fbmessenger import quick_replies as fb_replies
from pywa import WhatsApp
from pywa import types as wa_types
from pywa.errors import ReEngagementMessage, WhatsAppError
from pywa.utils import webhook_updates_validator
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from clinic.channels.messaging.meta import HEADER as META_HEADER
from clinic.channels.simulator import messenger, meta, telegram, twilio, whatsapp
from clinic.channels.simulator.messenger import MessengerSimulator
from clinic.channels.simulator.telegram import TelegramSimulator
from clinic.channels.simulator.twilio import TwilioSimulator
from clinic.channels.simulator.whatsapp import WhatsAppSimulator
from clinic.channels.twilio import HEADER as TWILIO_HEADER
from clinic.channels.twilio import PATH

CHAT, NOWHERE = "447700900123", "http://127.0.0.1:1"


@pytest.fixture
def simulator():
    """A function that starts a simulator, which ends with the test."""
    started = []

    def start(kind):
        started.append(kind(NOWHERE))
        return started[-1]

    yield start
    for sim in started:
        sim.close()


async def test_python_telegram_bot_sends_what_the_simulator_takes(simulator):
    sim = simulator(TelegramSimulator)
    async with ptb.Bot(telegram.TOKEN, base_url=f"{sim.address}/bot") as bot:
        assert (await bot.get_me()).username == "clinic_bot"
        button = ptb.InlineKeyboardButton("Yes", callback_data="choice:7:0")
        sent = await bot.send_message(CHAT, "Shall I?", reply_markup=ptb.InlineKeyboardMarkup([[button]]))
        await bot.send_document(CHAT, b"BEGIN:VCALENDAR", filename="appointment.ics")
        await bot.send_chat_action(CHAT, "typing")
        with pytest.raises(ptb.error.BadRequest):
            await bot.send_message(CHAT, "x" * 4097)
        sim.fault = lambda _number: "429"
        with pytest.raises(ptb.error.RetryAfter):
            await bot.send_message(CHAT, "again")

    asked, file = sim.read(CHAT)
    assert (asked.id, asked.buttons) == (str(sent.message_id), [("Yes", "choice:7:0")])
    assert file.file == b"BEGIN:VCALENDAR"


def test_python_telegram_bot_reads_what_the_simulator_sends(simulator):
    sim, seen = simulator(TelegramSimulator), []

    async def keep(_path, body, _headers, _chat=""):
        seen.append(ptb.Update.de_json(json.loads(body)))

    sim.post = keep
    sim.says(CHAT, "does it hurt?")
    sim.do(sim.press(telegram.Shown(CHAT, "Shall I?", [("Yes", "choice:7:0")], id="9"), "choice:7:0"))
    said, pressed = seen
    assert (said.message.text, said.effective_chat.id) == ("does it hurt?", int(CHAT))
    assert said.message.chat.type == "private"
    assert pressed.callback_query.data == "choice:7:0"
    assert pressed.callback_query.message.reply_markup.inline_keyboard[0][0].text == "Yes"


def test_pywa_sends_what_the_simulator_takes(simulator):
    sim = simulator(WhatsAppSimulator)
    sim.receipts = False
    session = httpx.Client()
    wa = WhatsApp(phone_id=whatsapp.NUMBER_ID, token=meta.TOKEN, session=session)
    session.base_url = sim.graph()
    wa.send_message(CHAT, "Hello")
    wa.send_message(CHAT, "Shall I?", buttons=[wa_types.Button("Yes", "choice:7:0")])
    rows = [
        wa_types.SectionRow(title=f"{hour}:00", callback_data=f"choice:7:{hour}") for hour in range(9, 17)
    ]
    times = wa_types.SectionList(button_title="Choose", sections=[wa_types.Section(title="Times", rows=rows)])
    wa.send_message(CHAT, "When?", buttons=times)
    wa.send_message(CHAT, "Manage it", buttons=wa_types.URLButton(title="Open", url="https://clinic.example"))
    calendar = {"filename": "appointment.ics", "mime_type": "text/calendar"}
    wa.send_document(CHAT, b"BEGIN:VCALENDAR", caption="Yours", **calendar)
    with pytest.raises(WhatsAppError):
        wa.send_message(CHAT, "x" * 4097)
    shown = sim.read(CHAT)
    assert [s.text for s in shown] == ["Hello", "Shall I?", "When?", "Manage it", "Yours"]
    assert shown[4].file == b"BEGIN:VCALENDAR"
    assert shown[1].buttons == [("Yes", "choice:7:0")]
    assert len(shown[2].buttons) == 8
    assert shown[3].links == [("Open", "https://clinic.example")]


def test_pywa_reads_and_verifies_what_the_simulator_sends(simulator):
    sim, seen = simulator(WhatsAppSimulator), []

    async def keep(_path, body, headers, _chat=""):
        assert webhook_updates_validator(meta.APP_SECRET, body, headers[META_HEADER])
        seen.append(json.loads(body))

    sim.post = keep
    sim.says(CHAT, "does it hurt?")
    shown = whatsapp.Shown(CHAT, "Shall I?", [("Yes", "choice:7:0")], id="wamid.1")
    sim.do(sim.press(shown, "choice:7:0"))
    sim.do(sim.status(shown, "failed", 131047))
    wa = WhatsApp(phone_id=whatsapp.NUMBER_ID, token=meta.TOKEN)
    said, pressed, failed = (
        kind.from_update(wa, update)
        for kind, update in zip(
            (wa_types.Message, wa_types.CallbackButton, wa_types.MessageStatus), seen, strict=True
        )
    )
    assert (said.text, said.from_user.wa_id) == ("does it hurt?", CHAT)
    assert (pressed.data, pressed.title) == ("choice:7:0", "Yes")
    assert failed.status == wa_types.MessageStatusType.FAILED
    assert isinstance(failed.error, ReEngagementMessage)


def test_fbmessenger_sends_what_the_simulator_takes(simulator):
    sim = simulator(MessengerSimulator)
    client = MessengerClient(meta.TOKEN, app_secret=meta.APP_SECRET)
    client.graph_url = sim.graph()
    reply = fb_replies.QuickReply(title="Yes", payload="choice:7:0")
    asked = {"text": "Shall I?", "quick_replies": fb_replies.QuickReplies([reply]).to_dict()}
    assert client.send(asked, CHAT)["message_id"] == sim.read(CHAT)[0].id
    assert client.send_action("typing_on", CHAT)["recipient_id"] == CHAT
    assert "error" in client.send({"text": "x" * 2001}, CHAT)
    assert sim.read(CHAT)[0].buttons == [("Yes", "choice:7:0")]
    wrong = MessengerClient(meta.TOKEN, app_secret=meta.TOKEN)
    wrong.graph_url = sim.graph()
    assert "error" in wrong.send({"text": "hello"}, CHAT)


def test_fbmessenger_reads_what_the_simulator_sends(simulator):
    sim, seen = simulator(MessengerSimulator), []

    class Reader(BaseMessenger):
        def message(self, message):
            seen.append((self.get_user_id(), message["message"]))

        def postback(self, message):
            seen.append((self.get_user_id(), message["postback"]))

        account_linking = delivery = optin = read = message

    async def keep(_path, body, _headers, _chat=""):
        Reader(meta.TOKEN).handle(json.loads(body))

    sim.post = keep
    sim.says(CHAT, "does it hurt?")
    sim.do(sim.press(messenger.Shown(CHAT, "", [("Yes", "choice:7:0")]), "choice:7:0"))
    sim.do(sim.tell(CHAT, messenger.batch(sim.event(CHAT, postback={"payload": "GET_STARTED"}))))
    assert [sender for sender, _ in seen] == [CHAT] * 3
    assert seen[0][1]["text"] == "does it hurt?"
    assert seen[1][1]["quick_reply"]["payload"] == "choice:7:0"
    assert seen[2][1]["payload"] == "GET_STARTED"


def test_twilios_client_sends_what_the_simulator_takes(simulator):
    sim = simulator(TwilioSimulator)
    client = Client(twilio.ACCOUNT, twilio.TOKEN)
    client.api.base_url = sim.address
    sent = client.messages.create(to=f"+{CHAT}", from_=twilio.NUMBER, body="Shall I?\n1. Yes\n2. No")
    assert (sent.sid, sent.status) == (sim.read(f"+{CHAT}")[0].id, "queued")
    assert sim.read(f"+{CHAT}")[0].buttons == [("Yes", "1"), ("No", "2")]
    with pytest.raises(TwilioRestException) as too_long:
        client.messages.create(to=f"+{CHAT}", from_=twilio.NUMBER, body="x" * 1601)
    assert too_long.value.code == 21617
    sim.stopped.add(f"+{CHAT}")
    with pytest.raises(TwilioRestException) as stopped:
        client.messages.create(to=f"+{CHAT}", from_=twilio.NUMBER, body="hello")
    assert stopped.value.code == 21610


@pytest.mark.parametrize("public", ["https://chat.clinic.example", "https://clinic.example/chat"])
def test_twilios_validator_accepts_what_the_simulator_signs(simulator, public):
    sim = simulator(TwilioSimulator)
    fields = sim.message(f"+{CHAT}", Body="does it hurt? Ünïcödé & more = fun")
    signed = sim.headers(fields, public=public)[TWILIO_HEADER]
    assert RequestValidator(twilio.TOKEN).validate(f"{public}{PATH}", fields, signed)
    assert not RequestValidator("another").validate(f"{public}{PATH}", fields, signed)
