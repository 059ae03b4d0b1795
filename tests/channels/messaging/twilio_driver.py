"""Twilio's requests: each shape of its documentation, and what must be refused."""

from __future__ import annotations

from urllib.parse import urlencode

from clinic.channels import twilio
from clinic.channels.simulator.twilio import TwilioSimulator
from tests.channels.messaging.driver import Driver, people


class TwilioDriver(Driver):
    simulator = TwilioSimulator
    sim: TwilioSimulator

    def chat(self):
        return f"+{next(people)}"

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
