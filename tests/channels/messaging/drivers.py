"""How each platform's requests are made in the tests: one driver a platform, with the same methods."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from clinic.channels import twilio
from clinic.channels.messaging import meta
from clinic.channels.simulator import messenger, whatsapp
from clinic.channels.simulator.base import Shown, Simulator
from clinic.channels.simulator.messenger import MessengerSimulator
from clinic.channels.simulator.telegram import BOT, TelegramSimulator
from clinic.channels.simulator.twilio import TwilioSimulator
from clinic.channels.simulator.whatsapp import WhatsAppSimulator
from clinic.channels.telegram import HEADER

SECONDS = 20
LEFT = sa.text(
    "SELECT (SELECT count(*) FROM received_messages WHERE conversation = :conversation"
    " AND answered_at IS NULL)"
    " + (SELECT count(*) FROM deliveries WHERE conversation = :conversation AND state = 'queued')"
    " + (SELECT count(*) FROM events, messaged WHERE sender_id = :conversation AND id > last_event"
    " AND conversation = :conversation AND type_name IN ('bot', 'agent'))"
)
_people = itertools.count(447700900100)


class Driver:
    """Sends one platform's requests to the assistant and waits for what people are shown."""

    simulator: type[Simulator]
    engine: Engine  # the assistant's database

    def __init__(self, sim: Simulator) -> None:
        self.sim = sim
        self.name = sim.name
        self.path = f"/webhooks/{sim.name}/webhook"

    def chat(self) -> str:
        """Return somebody who has not written before."""
        return str(next(_people))

    def conversation(self, chat: str) -> str:
        return f"{self.name}:{chat}"

    def text(self, chat: str, words: str):
        """Return the content of a request with a text message."""
        raise NotImplementedError

    def batch(self, *contents):
        """Return one request's content with several messages, or the contents one by one."""
        raise NotImplementedError

    def body(self, content) -> bytes:
        return json.dumps(content).encode()

    def headers(self, body: bytes) -> dict[str, str]:
        raise NotImplementedError

    def forgeries(self, body: bytes) -> dict[str, tuple[bytes, dict[str, str]]]:
        """Return bodies and headers that must be refused: missing, wrong, stale, tampered."""
        raise NotImplementedError

    def post(self, content) -> int:
        body = self.body(content)
        return self.raw(body, self.headers(body))

    def raw(self, body: bytes, headers: dict[str, str]) -> int:
        """Send a request once and return its status."""
        return self.sim.do(self.sim.once(self.path, body, headers))

    def until(self, chat: str, found: Callable[[list[Shown]], bool]) -> list[Shown]:
        """Wait until what a person was shown meets a condition, and return it."""
        deadline = time.monotonic() + SECONDS
        while not found(self.sim.read(chat)):
            assert time.monotonic() < deadline, [shown.text for shown in self.sim.read(chat)]
            time.sleep(0.02)
        return self.sim.read(chat)

    def says(self, chat: str, text: str) -> list[Shown]:
        """Let a person write; return what they were shown in answer to it."""
        before = len(self.sim.read(chat))
        self.sim.says(chat, text)
        return self.quiet(chat, before)

    def quiet(self, chat: str, before: int) -> list[Shown]:
        """Return what a person is shown after ``before`` messages, once all is answered and delivered."""
        self.until(chat, lambda shown: len(shown) > before and self.is_done(self.conversation(chat)))
        return self.sim.read(chat)[before:]

    def is_done(self, conversation: str) -> bool:
        """Say whether a conversation has nothing that is to be answered or delivered."""
        with self.engine.connect() as connection:
            return not connection.execute(LEFT, {"conversation": conversation}).scalar()


class TelegramDriver(Driver):
    simulator = TelegramSimulator
    sim: TelegramSimulator

    def text(self, chat, words):
        return self.update("message", self.sim.message(chat, text=words))

    def batch(self, *contents):
        return list(contents)  # Telegram sends one update a request

    def update(self, kind, content):
        return {"update_id": next(self.sim.numbers) + 10**8, kind: content}

    def headers(self, body):
        return self.sim.headers()

    def forgeries(self, body):
        secret = self.sim.secret
        shown = {"missing": None, "empty": "", "wrong": "f" * 64, "stale": secret[::-1]}
        shown |= {"cut": secret[:-1], "longer": f"{secret}0", "not ascii": "ÿ" * 64}
        return {name: (body, {HEADER: value} if value is not None else {}) for name, value in shown.items()}

    def shapes(self, chat):
        """Yield (name, content, what is answered): a kind, None for nothing, "*" for any answer."""
        size = {"file_id": "AgAD", "file_unique_id": "q", "width": 90, "height": 90, "file_size": 1}
        message, update = self.sim.message, self.update
        yield "picture", update("message", message(chat, photo=[size])), "picture"
        yield "caption", update("message", message(chat, photo=[size], caption="does it hurt?")), "*"
        yield "voice", update("message", message(chat, voice=size | {"duration": 3})), "voice"
        yield "audio", update("message", message(chat, audio=size | {"duration": 3})), "voice"
        yield "video", update("message", message(chat, video=size)), "video"
        yield "video note", update("message", message(chat, video_note=size)), "video"
        yield "animation", update("message", message(chat, animation=size, document=size)), "picture"
        yield "sticker", update("message", message(chat, sticker=size | {"emoji": "👍"})), "sticker"
        place = {"latitude": 51.5, "longitude": -0.1}
        yield "location", update("message", message(chat, location=place)), "location"
        yield "venue", update("message", message(chat, venue={"location": place}, location=place)), "location"
        yield "document", update("message", message(chat, document=size)), "document"
        yield "poll", update("message", message(chat, poll={"id": "1", "question": "?"})), "other"
        yield "dice", update("message", message(chat, dice={"emoji": "🎲", "value": 3})), "other"
        phone = {"phone_number": "+447700900123", "first_name": "Jane"}
        yield "contact", update("message", message(chat, contact=phone)), "*"
        yield (
            "contact without number",
            update("message", message(chat, contact={"first_name": "J"})),
            "contact",
        )
        edited = message(chat, text="is it safe?") | {"edit_date": int(time.time())}
        yield "edited", update("edited_message", edited), "*"
        yield "start", update("message", message(chat, text="/start ref_12")), "*"
        yield "pinned", update("message", message(chat, pinned_message={})), None
        group = message(chat, text="hello") | {"chat": {"id": -100123, "type": "supergroup"}}
        yield "group", update("message", group), None
        yield "channel post", update("channel_post", group), None
        yield "inline query", update("inline_query", {"id": "1", "from": BOT, "query": "x"}), None
        yield "forged button", update("callback_query", self._press(chat, "/restart")), "other"
        yield "empty update", {"update_id": 1}, None
        yield "nonsense", {"update_id": [], "message": {"chat": "x", "message_id": {}}}, None
        yield "stop words", update("message", message(chat, text="Unsubscribe")), "stopped"

    def _press(self, chat, key):
        below = self.sim.message(chat, text="?") | {"from": BOT}
        return {"id": str(next(self.sim.numbers)), "message": below, "data": key}


class MetaDriver(Driver):
    def headers(self, body):
        return self.sim.headers(body)

    def forgeries(self, body):
        good = self.sim.headers(body)[meta.HEADER]
        shown = {"missing": None, "empty": "", "wrong": f"sha256={'0' * 64}", "not ascii": "ÿ" * 71}
        shown |= {"stale": self.sim.headers(body, "the secret before")[meta.HEADER]}
        shown |= {"of another body": self.sim.headers(b"{}")[meta.HEADER], "sha1": f"sha1={good[7:47]}"}
        forged = {k: (body, {meta.HEADER: value} if value is not None else {}) for k, value in shown.items()}
        return forged | {"tampered": (body.replace(b"e", b"a", 1), {meta.HEADER: good})}


class MessengerDriver(MetaDriver):
    simulator = MessengerSimulator
    sim: MessengerSimulator

    def text(self, chat, words):
        return messenger.batch(self.event(chat, text=words))

    def event(self, chat, **message):
        return self.sim.event(chat, message={"mid": self.sim.mid(), **message})

    def batch(self, *contents):
        return [messenger.batch(*(e for content in contents for e in content["entry"][0]["messaging"]))]

    def shapes(self, chat):
        def sent(kind, **payload):
            return messenger.batch(self.event(chat, attachments=[{"type": kind, "payload": payload}]))

        url = "https://cdn.example/x"
        yield "picture", sent("image", url=url), "picture"
        yield "sticker", sent("image", url=url, sticker_id=369239263222822), "sticker"
        yield "voice", sent("audio", url=url), "voice"
        yield "video", sent("video", url=url), "video"
        yield "document", sent("file", url=url), "document"
        yield "location", sent("location", coordinates={"lat": 1, "long": 2}), "location"
        yield "reel", sent("ig_reel", url=url), "other"
        link = {"type": "fallback", "title": "does it hurt?", "url": url}
        yield "link", messenger.batch(self.event(chat, attachments=[link])), "*"
        started = self.sim.event(chat, postback={"title": "Get started", "payload": "GET_STARTED"})
        yield "get started", messenger.batch(started), "*"
        forged = self.event(chat, text="Go", quick_reply={"payload": "/restart"})
        yield "forged button", messenger.batch(forged), "*"
        edited = self.sim.event(chat, message_edit={"mid": "m_1", "text": "is it safe?", "num_edit": 1})
        yield "edited", messenger.batch(edited), "*"
        yield "echo", messenger.batch(self.event(chat, text="hello", is_echo=True, app_id=1)), None
        yield "deleted", messenger.batch(self.event(chat, is_deleted=True)), None
        watermark = {"watermark": int(time.time() * 1000)}
        delivered = self.sim.event(chat, delivery={"mids": ["m_x"], **watermark})
        yield "delivered", messenger.batch(delivered), None
        yield "read", messenger.batch(self.sim.event(chat, read=watermark)), None
        reaction = {"reaction": "love", "emoji": "❤", "action": "react", "mid": "m_none"}
        yield "reaction", messenger.batch(self.sim.event(chat, reaction=reaction)), None
        yield "opt-in", messenger.batch(self.sim.event(chat, optin={"ref": "x"})), None
        standby = {"object": "page", "entry": [{"id": "1", "standby": [self.event(chat, text="hello")]}]}
        yield "another app's", standby, None
        yield "another object", {"object": "instagram", "entry": []}, None
        yield "nonsense", {"object": "page", "entry": [{"messaging": [{"sender": 7}, None, "x"]}, 3]}, None
        yield "stop words", messenger.batch(self.event(chat, text="unsubscribe")), "stopped"


class WhatsAppDriver(MetaDriver):
    simulator = WhatsAppSimulator
    sim: WhatsAppSimulator

    def text(self, chat, words):
        return whatsapp.batch(messages=[self.sim.message(chat, "text", {"body": words})])

    def batch(self, *contents):
        found = [m for content in contents for m in content["entry"][0]["changes"][0]["value"]["messages"]]
        return [whatsapp.batch(messages=found)]

    def shapes(self, chat):
        def sent(kind, content, **more):
            return whatsapp.batch(messages=[self.sim.message(chat, kind, content) | more])

        media = {"id": "1", "mime_type": "image/jpeg", "sha256": "x"}
        yield "picture", sent("image", media), "picture"
        yield "caption", sent("image", media | {"caption": "does it hurt?"}), "*"
        yield "voice", sent("audio", media | {"voice": True}), "voice"
        yield "video", sent("video", media), "video"
        yield "document", sent("document", media | {"filename": "x.pdf"}), "document"
        yield "sticker", sent("sticker", media | {"animated": False}), "sticker"
        yield "location", sent("location", {"latitude": 1, "longitude": 2}), "location"
        person = {"name": {"formatted_name": "Jane"}, "phones": [{"phone": "+447700900123", "type": "CELL"}]}
        yield "contact", sent("contacts", [person]), "*"
        yield "contact without number", sent("contacts", [{"name": {"formatted_name": "J"}}]), "contact"
        yield "template's button", sent("button", {"text": "is it safe?", "payload": "x"}), "*"
        yield "flow", sent("interactive", {"type": "nfm_reply", "nfm_reply": {"body": "Sent"}}), "other"
        forged = {"type": "button_reply", "button_reply": {"id": "/restart", "title": "Go"}}
        yield "forged button", sent("interactive", forged), "*"
        yield "order", sent("order", {"catalog_id": "1", "product_items": []}), "other"
        yield "unsupported", sent("unsupported", {}, errors=[{"code": 131051}]), "other"
        yield "welcome", sent("request_welcome", {}), "*"
        edited = {"original_message_id": "w", "message": {"type": "text", "text": {"body": "is it safe?"}}}
        yield "edited", sent("edit", edited), "*"
        yield "reaction", sent("reaction", {"message_id": "wamid.none", "emoji": "👍"}), None
        yield "number changed", sent("system", {"body": "changed", "type": "user_changed_number"}), None
        yield "group", sent("text", {"body": "hello"}, group_id="g"), None
        yield "taken back", sent("revoke", {"original_message_id": "wamid.none"}), None
        status = {"id": "wamid.none", "status": "delivered", "timestamp": "1", "recipient_id": chat}
        yield "status of another", whatsapp.batch(statuses=[status]), None
        other = self.text(chat, "hello")
        other["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "7"
        yield "another number", other, None
        yield "another field", {"entry": [{"changes": [{"field": "account_update", "value": {}}]}]}, None
        yield "nonsense", {"entry": {"changes": 3}}, None
        yield "stop words", sent("text", {"body": "UNSUBSCRIBE"}), "stopped"


class TwilioDriver(Driver):
    simulator = TwilioSimulator
    sim: TwilioSimulator

    def chat(self):
        return f"+{next(_people)}"

    def text(self, chat, words):
        return self.sim.message(chat, Body=words)

    def batch(self, *contents):
        return list(contents)  # Twilio sends one message a request

    def body(self, content):
        return urlencode(content).encode()

    def headers(self, body):
        return self.sim.headers(dict(twilio._fields(body)))

    def forgeries(self, body):
        fields, form = dict(twilio._fields(body)), {"Content-Type": "application/x-www-form-urlencoded"}
        good = self.sim.headers(fields)
        return {
            "missing": (body, form),
            "empty": (body, form | {twilio.HEADER: ""}),
            "wrong": (body, form | {twilio.HEADER: "0/KCTR6DLpKmkAf8muzZqo1nDgQ="}),
            "not ascii": (body, form | {twilio.HEADER: "ÿ" * 28}),
            "stale": (body, self.sim.headers(fields, "the token before")),
            "of another address": (body, self.sim.headers(fields, public="https://other.example")),
            "tampered": (body.replace(b"Body=", b"Body=x"), good),
            "more fields": (body + b"&Extra=1", good),
            "too many fields": (body + b"&a=1" * 300, good),
        }

    def shapes(self, chat):
        message = self.sim.message

        def media(kind, **more):
            return message(
                chat, NumMedia="1", MediaContentType0=kind, MediaUrl0="https://api.example/x", **more
            )

        yield "picture", media("image/jpeg"), "picture"
        yield "picture with words", media("image/jpeg", Body="does it hurt?"), "*"
        yield "voice", media("audio/ogg"), "voice"
        yield "video", media("video/mp4"), "video"
        yield "document", media("application/pdf"), "document"
        yield "contact", media("text/vcard"), "contact"
        yield "location", message(chat, Latitude="51.5", Longitude="-0.1"), "location"
        yield "button", message(chat, ButtonText="is it safe?", ButtonPayload="x"), "*"
        yield "empty", message(chat), "other"
        yield "of a number of WhatsApp", message(chat, ProfileName="Jane", WaId="1", Body="hello"), "*"
        status = {"MessageSid": "SMnone", "MessageStatus": "delivered", "SmsStatus": "delivered"}
        yield "status of another", status | {"To": chat, "From": "+15550783881"}, None
        yield "queued", status | {"MessageStatus": "queued", "SmsStatus": "queued", "From": chat}, None
        yield "nonsense", {"From": chat}, None
        yield "stop", message(chat, Body="Stop."), None
        yield "opted out", message(chat, Body="arret", OptOutType="STOP"), None


DRIVERS = {d.simulator.name: d for d in (TelegramDriver, MessengerDriver, WhatsAppDriver, TwilioDriver)}
