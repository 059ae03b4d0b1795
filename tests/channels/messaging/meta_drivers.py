"""Messenger's and WhatsApp's requests: each shape of Meta's documentation, and what must be refused."""

from __future__ import annotations

import time

from clinic.channels.messaging import meta
from clinic.channels.simulator import messenger, whatsapp
from clinic.channels.simulator.messenger import MessengerSimulator
from clinic.channels.simulator.whatsapp import WhatsAppSimulator
from tests.channels.messaging.driver import Driver


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
