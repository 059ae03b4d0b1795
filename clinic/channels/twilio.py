"""SMS and WhatsApp through Twilio: ``clinic.channels.twilio.TwilioInput:``, and TWILIO_… in .env.

Twilio signs the address that it calls: the public one, PUBLIC_URL, whatever a proxy makes of it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import ClassVar
from urllib.parse import parse_qsl, urlsplit

import aiohttp
from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from clinic.channels.messaging import calls
from clinic.channels.messaging.channel import MessagingInput
from clinic.channels.messaging.incoming import Heard, Receipt, Told
from clinic.channels.messaging.platform import DAY, Content, Never, NotNow, Platform, Recipient
from clinic.channels.messaging.platform_json import dig
from clinic.channels.messaging.spoken import Link, Spoken, written
from clinic.channels.messaging.text import pieces
from clinic.settings import clinic, environment

HEADER = "X-Twilio-Signature"
PATH = "/webhooks/twilio/webhook"
NOTHING = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
LONGEST = 1600
MOST_FIELDS = 200
WHATSAPP = "whatsapp:"
STATES = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
}
UNSUBSCRIBED = 21610
FOR_NOW = frozenset({14107, 20429, 21611, 63017, 63018, 63038})
KINDS = {"image": "picture", "audio": "voice", "video": "video"}
PORTS = {"https": 443, "http": 80}


class Twilio(Platform):
    """Twilio's Programmable Messaging."""

    name: ClassVar[str] = "twilio"
    short_stop: ClassVar[bool] = True
    numbered: ClassVar[bool] = True

    def is_genuine(self, request: Request, body: bytes) -> bool:
        """See Platform. Twilio is not of one mind whether the address has its port."""
        shown = request.headers.get(HEADER, "").encode("utf-8", "surrogateescape")
        place = f"{request.path}?{request.query_string}" if request.query_string else request.path
        urls = [f"{base}{place}" for base in _addresses(environment().public_url)]
        try:
            good = [signature(self.access.key, url, _fields(body)).encode() for url in urls]
        except ValueError:
            return False
        return any([hmac.compare_digest(shown, one) for one in good])  # noqa: C419 (all of them, always)

    def told(self, body: bytes) -> Iterator[Told]:
        """See Platform. Each request is one message, or what has become of one of ours."""
        fields = dict(_fields(body))
        number, sender = fields.get("MessageSid") or fields.get("SmsSid") or "", fields.get("From", "")
        state = fields.get("MessageStatus") or fields.get("SmsStatus", "received")
        if number and state in STATES:
            code = fields.get("ErrorCode")
            yield Receipt(number, STATES[state], f"error {code}" if code else None)
        elif number and sender and state == "received":
            words, kind = _content_of(fields)
            key = fields.get("ButtonPayload") or fields.get("ListId")
            through = fields.get("To", "")
            yield Heard(number, sender, words, kind, key or None, through=through, name=number)

    def rendered(self, said: Spoken) -> list[Content]:
        """See Platform: text alone, with numbered choices."""
        links = [*([Link("Picture", said.image)] if said.image else []), *said.all_links]
        lines = [f"{number}. {choice.title}" for number, choice in enumerate(said.choices, 1)]
        text = "\n".join(part for part in (written(said.text, links), *lines) if part)
        return [{"Body": piece} for piece in pieces(text, LONGEST)]

    def window(self, to: Recipient) -> timedelta | None:
        """See Platform: WhatsApp's rule holds here as well."""
        return DAY if to.chat.startswith(WHATSAPP) else None

    def in_template(self, text: str) -> Content | None:
        """See Platform."""
        chosen = clinic().channels.twilio
        if chosen is None:
            return None
        value = pieces(" ".join(text.split()), LONGEST)[0]
        return {"ContentSid": chosen.template, "ContentVariables": json.dumps({"1": value})}

    async def send(self, session: aiohttp.ClientSession, to: Recipient, content: Content) -> str:
        """See Platform."""
        fields = {"To": to.chat, "From": to.through, "StatusCallback": f"{environment().public_url}{PATH}"}
        url = f"{self.access.api}/2010-04-01/Accounts/{self.access.account}/Messages.json"
        headers = {"Authorization": calls.basic(self.access.account, self.access.token)}
        status, answer = await calls.call(session, url, data=fields | content, headers=headers)
        if status == HTTPStatus.CREATED:
            return str(dig(answer, "sid") or "")
        code = dig(answer, "code")
        if code in FOR_NOW:
            raise NotNow(f"error {code}")
        raise Never(f"error {code or status}", stopped=code == UNSUBSCRIBED)

    def acknowledged(self) -> HTTPResponse:
        """See Platform: no answer of TwiML's."""
        return response.text(NOTHING, content_type="text/xml")


class TwilioInput(MessagingInput):
    """Rasa's input channel for SMS and WhatsApp through Twilio."""

    platform: ClassVar[type[Platform]] = Twilio

    @classmethod
    def name(cls) -> str:
        """See rasa.core.channels.InputChannel."""
        return Twilio.name


def signature(key: str, url: str, fields: Sequence[tuple[str, str]]) -> str:
    """Return Twilio's signature of a form that is sent to an address."""
    told = url + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.new(key.encode(), told.encode(), hashlib.sha1).digest()).decode()


def _addresses(base: str) -> list[str]:
    """Return an address with and without its port."""
    parts = urlsplit(base)
    bare = parts._replace(
        netloc=(f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or "")
    )
    port = parts.port or PORTS.get(parts.scheme, 0)
    return [base, bare.geturl(), bare._replace(netloc=f"{bare.netloc}:{port}").geturl()]


def _fields(body: bytes) -> list[tuple[str, str]]:
    """Return a form's fields in their order. Raises ValueError where there are too many."""
    return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)


def _content_of(fields: dict[str, str]) -> tuple[str, str | None]:
    """Return the words of a message, and its kind where there is more to it."""
    opted = {"STOP": "silent_stop", "START": "started"}.get(fields.get("OptOutType", "").upper())
    words = (fields.get("Body") or fields.get("ButtonText") or fields.get("ListTitle") or "").strip()
    if opted:
        return words, opted
    if words:
        return words, None
    if fields.get("NumMedia", "0") not in {"", "0"}:
        kind = fields.get("MediaContentType0", "")
        return "", "contact" if "vcard" in kind else KINDS.get(kind.partition("/")[0], "document")
    return "", "location" if fields.get("Latitude") else "other"
