"""What Messenger and WhatsApp share, as Meta runs both: signature, handshake, errors."""

from __future__ import annotations

import hashlib
import hmac
from http import HTTPStatus
from typing import Any

import aiohttp
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from clinic.channels.door import Refused
from clinic.channels.messaging import calls
from clinic.channels.messaging.channel import MessagingInput
from clinic.channels.messaging.platform import Content, Never, NotNow, Platform
from clinic.channels.messaging.platform_json import dig, text_at
from clinic.secret import META, secret

HEADER = "X-Hub-Signature-256"
LARGEST = 3 * 1024 * 1024  # bytes: Meta collects up to a thousand messages in one request
LONGEST_CHALLENGE = 255
# Errors of the Graph API that end by themselves: too much at once, trouble of Meta's own, a token to renew.
FOR_NOW = frozenset({1, 2, 4, 17, 32, 190, 613, 80007, 130429, 131000, 131016, 131048, 131056, 133004})


class Meta(Platform):
    """A platform on Meta's Graph API."""

    largest = LARGEST

    def is_genuine(self, request: Request, body: bytes) -> bool:
        """See Platform: Meta signs the body with the app's secret."""
        shown = request.headers.get(HEADER, "")
        return hmac.compare_digest(
            shown.encode("utf-8", "surrogateescape"), signature(self.access.key, body).encode()
        )

    async def call(
        self, session: aiohttp.ClientSession, path: str, content: Content | aiohttp.FormData
    ) -> Any:
        """Call the Graph API, with JSON or a form that holds a file, and return its answer.

        Raises:
            NotNow: not now; the same may be taken later.
            Never: it is refused.

        """
        what = {"data": content} if isinstance(content, aiohttp.FormData) else {"json": content}
        status, answer = await calls.call(
            session,
            f"{self.access.api}/{path}",
            **what,
            headers={"Authorization": f"Bearer {self.access.token}"},
            params={
                "appsecret_proof": signature(self.access.key, self.access.token.encode())[len("sha256=") :]
            },
        )
        if status == HTTPStatus.OK:
            return answer
        code, part = dig(answer, "error", "code"), text_at(answer, "error", "error_subcode")
        why = f"error {text_at(answer, 'error', 'code') or status}{f' ({part})' if part else ''}"
        if code in FOR_NOW or dig(answer, "error", "is_transient") is True:
            raise NotNow(why)
        raise Never(why)


class MetaInput(MessagingInput):
    """A channel that Meta verifies when its webhook is set up."""

    def add_routes(self, blueprint: Blueprint) -> None:
        """Answer the handshake."""
        blueprint.add_route(_handshake, "/webhook", methods=["GET"])


def signature(key: str, body: bytes) -> str:
    """Return the signature of a body as Meta writes it."""
    return f"sha256={digest(key, body)}"


def digest(key: str, content: bytes) -> str:
    """Return the HMAC-SHA-256 of some content, in hexadecimal digits."""
    return hmac.new(key.encode(), content, hashlib.sha256).hexdigest()


async def _handshake(request: Request) -> HTTPResponse:
    """Return Meta's challenge to who knows the verify token."""
    shown = request.args.get("hub.verify_token", "").encode("utf-8", "surrogateescape")
    known = hmac.compare_digest(shown, secret(META).encode())
    challenge = request.args.get("hub.challenge", "")
    if (
        not known
        or request.args.get("hub.mode") != "subscribe"
        or not 0 < len(challenge) <= LONGEST_CHALLENGE
    ):
        raise Refused(403, "forbidden", "The verify token is another one.")
    return response.text(challenge)
