"""A simulated Twilio: the Messages API, and messages and status callbacks to the webhook."""

from __future__ import annotations

import json
from typing import Any, ClassVar
from urllib.parse import urlencode

from aiohttp import web

from clinic.channels.messaging import calls
from clinic.channels.messaging.text import size
from clinic.channels.simulator.base import Shown, Simulator
from clinic.channels.twilio import HEADER, PATH, signature

ACCOUNT, TOKEN = "AC0123456789abcdef0123456789abcdef", "9b1d2e4f6a8b0c1d3e5f7a9b8e7f5a3c"
NUMBER = "+15550783881"
LONGEST = 1600
STOP, START = frozenset("STOP STOPALL UNSUBSCRIBE CANCEL END QUIT".split()), frozenset({"START", "UNSTOP"})


class TwilioSimulator(Simulator):
    """Programmable Messaging with one number, for SMS and as ``whatsapp:``.

    Attributes:
        public: The address that is signed: the assistant's PUBLIC_URL.
        receipts: Whether statuses are told of what is taken.

    """

    name: ClassVar[str] = "twilio"
    receipts = True

    def __init__(self, assistant: str, public: str = "") -> None:
        self.public = public
        self.stopped: set[str] = set()
        super().__init__(assistant)

    def settings(self) -> dict[str, str]:
        """See Simulator."""
        return {"TWILIO_ACCOUNT": ACCOUNT, "TWILIO_TOKEN": TOKEN, "TWILIO_API": self.address}

    def routes(self) -> list[web.RouteDef]:
        """See Simulator."""
        base = f"/2010-04-01/Accounts/{ACCOUNT}"
        return [
            web.post(f"{base}/Messages.json", self._send),
            web.get(f"{base}.json", self._account),
            web.get(f"{base}/IncomingPhoneNumbers.json", self._numbers),
        ]

    async def write(self, chat: str, text: str) -> None:
        """See Simulator. Twilio itself keeps to STOP and START."""
        word = text.strip().upper()
        if word in STOP:
            self.stopped.add(chat)
        elif word in START:
            self.stopped.discard(chat)
        await self.tell(chat, self.message(chat, Body=text))

    async def press(self, shown: Shown, key: str) -> None:
        """See Simulator: there are no buttons, only numbers."""
        await self.write(shown.chat, key)

    def message(self, chat: str, **fields: str) -> dict[str, str]:
        """Return a person's message, as Twilio's form holds it."""
        sid = f"SM{next(self.numbers):032x}"
        prefix = "whatsapp:" if chat.startswith("whatsapp:") else ""
        known = {"ToCountry": "US", "FromCountry": "GB", "NumSegments": "1", "ApiVersion": "2010-04-01"}
        return {
            **({} if prefix else known),
            "SmsMessageSid": sid,
            "NumMedia": "0",
            "SmsSid": sid,
            "SmsStatus": "received",
            "Body": "",
            "To": f"{prefix}{NUMBER}",
            "MessageSid": sid,
            "AccountSid": ACCOUNT,
            "From": chat,
            **fields,
        }

    async def tell(self, chat: str, fields: dict[str, str]) -> None:
        """Send a webhook request, signed. Raises NotTaken."""
        await self.post(PATH, urlencode(fields).encode(), self.headers(fields), chat)

    def headers(self, fields: dict[str, str], key: str = TOKEN, public: str = "") -> dict[str, str]:
        """Return the headers of a webhook request."""
        url = f"{public or self.public or self.assistant}{PATH}"
        signed = signature(key, url, list(fields.items()))
        return {"Content-Type": "application/x-www-form-urlencoded", HEADER: signed}

    async def status(self, shown: Shown, state: str, code: int | None = None) -> None:
        """Tell what has become of a message. Raises NotTaken."""
        fields = {"SmsSid": shown.id, "SmsStatus": state, "MessageStatus": state, "To": shown.chat}
        fields |= {"MessageSid": shown.id, "AccountSid": ACCOUNT, "From": NUMBER, "ApiVersion": "2010-04-01"}
        if code:
            fields["ErrorCode"] = str(code)
        await self.tell(f"status of {shown.chat}", fields)

    async def _send(self, request: web.Request) -> web.Response:
        fields = {name: str(value) for name, value in (await request.post()).items()}
        problem = _login(request) or self._wrong(fields)
        if problem:
            return web.json_response(problem, status=problem["status"])
        shown = await self.taking(lambda: self._take(fields), request)
        if self.receipts and fields.get("StatusCallback"):
            for state in ("sent", "delivered"):
                self.loop.create_task(self.status(shown, state))
        told = {
            "sid": shown.id,
            "status": "queued",
            "to": shown.chat,
            "from": fields["From"],
            "body": shown.text,
        }
        return web.json_response(told | {"account_sid": ACCOUNT, "error_code": None}, status=201)

    def too_many(self) -> web.HTTPException:
        """See Simulator."""
        return web.HTTPTooManyRequests(text='{"code": 20429, "status": 429}', content_type="application/json")

    def refusal(self) -> web.HTTPException:
        """See Simulator."""
        content = json.dumps(_problem(21614, "'To' number is not a valid mobile number"))
        return web.HTTPBadRequest(text=content, content_type="application/json")

    def _wrong(self, fields: dict[str, str]) -> dict[str, Any] | None:
        """Return what Twilio would object to, or None."""
        if fields.get("To") in self.stopped:
            return _problem(21610, "Attempt to send to unsubscribed recipient")
        if not fields.get("From", "").removeprefix("whatsapp:").startswith("+"):
            return _problem(21212, "The 'From' number is not a valid phone number")
        if "ContentSid" in fields:
            return None if fields["ContentSid"].startswith("HX") else _problem(21656, "Invalid ContentSid")
        if not fields.get("Body"):
            return _problem(21602, "Message body is required")
        return _problem(21617, "The message body exceeds 1600") if size(fields["Body"]) > LONGEST else None

    def _take(self, fields: dict[str, str]) -> Shown:
        text = fields.get("Body") or f"[{fields['ContentSid']}] {fields.get('ContentVariables', '')}"
        lines = [line.partition(". ") for line in text.splitlines()]
        numbered = [(name, number) for number, dot, name in lines if dot and number.isdigit()]
        shown = Shown(fields["To"], text, numbered, id=f"SM{next(self.numbers):032x}")
        self.shown.append(shown)
        return shown

    async def _account(self, request: web.Request) -> web.Response:
        problem = _login(request)
        content = problem or {"sid": ACCOUNT, "status": "active", "friendly_name": "Clinic"}
        return web.json_response(content, status=problem["status"] if problem else 200)

    async def _numbers(self, request: web.Request) -> web.Response:
        problem = _login(request)
        hook = f"{self.public or self.assistant}{PATH}"
        number = {"phone_number": NUMBER, "sms_url": hook, "sms_method": "POST"}
        content = problem or {"incoming_phone_numbers": [number]}
        return web.json_response(content, status=problem["status"] if problem else 200)


def _login(request: web.Request) -> dict[str, Any] | None:
    if request.headers.get("Authorization") == calls.basic(ACCOUNT, TOKEN):
        return None
    return _problem(20003, "Authenticate", 401)


def _problem(code: int, message: str, status: int = 400) -> dict[str, Any]:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return {"code": code, "message": message, "more_info": more, "status": status}
