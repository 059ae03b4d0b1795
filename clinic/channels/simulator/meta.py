"""What the simulated Messenger and WhatsApp share: signed webhooks, the Graph API's errors and log-in."""

from __future__ import annotations

import hmac
import json
from typing import Any

import aiohttp
from aiohttp import web

from clinic.channels.messaging.meta import HEADER, digest, signature
from clinic.channels.simulator.base import Simulator

TOKEN, APP_SECRET = "EAAGm0PX4ZCpsBAKZCZASimulator", "8e7f5a3c9b1d2e4f6a8b0c1d3e5f7a9b"
TOO_MANY, UNDELIVERABLE = 130429, 131026


class MetaSimulator(Simulator):
    """The Graph API under /v23.0."""

    def graph(self) -> str:
        """Return the address of the Graph API."""
        return f"{self.address}/v23.0"

    async def tell(self, chat: str, content: dict[str, Any]) -> None:
        """Send a webhook request, signed. Raises NotTaken."""
        body = json.dumps(content).encode()
        await self.post(self.webhook(), body, self.headers(body), chat)

    def webhook(self) -> str:
        """Return the path of the assistant's webhook."""
        return f"/webhooks/{self.name}/webhook"

    def headers(self, body: bytes, key: str = APP_SECRET) -> dict[str, str]:
        """Return the headers of a webhook request."""
        return {"Content-Type": "application/json", HEADER: signature(key, body)}

    async def subscribe(self, verify_token: str, challenge: str = "1158201444") -> tuple[int, str]:
        """Do the handshake that setting up a webhook begins with; return status and body."""
        query = {"hub.mode": "subscribe", "hub.verify_token": verify_token, "hub.challenge": challenge}
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.assistant}{self.webhook()}", params=query) as answer,
        ):
            return answer.status, await answer.text()

    def check_login(self, request: web.Request) -> None:
        """Raise the Graph API's error where the token or the proof of the app's secret is wrong."""
        shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
        shown = shown or request.query.get("access_token", "")
        if not hmac.compare_digest(shown, TOKEN):
            raise refused(401, 190, "Invalid OAuth access token - Cannot parse access token")
        proof = request.query.get("appsecret_proof")
        if proof is not None and not hmac.compare_digest(proof, digest(APP_SECRET, TOKEN.encode())):
            raise refused(400, 100, "Invalid appsecret_proof provided in the API argument")

    def too_many(self) -> web.HTTPException:
        """See Simulator: the Graph API says it with an error's number, and no pause."""
        return refused(400, TOO_MANY, "Rate limit hit")

    def refusal(self) -> web.HTTPException:
        """See Simulator."""
        return refused(400, UNDELIVERABLE, "Message undeliverable")


def refused(status: int, code: int, message: str) -> web.HTTPException:
    """Return an error as the Graph API writes it."""
    error = {"message": f"(#{code}) {message}", "type": "OAuthException", "code": code, "fbtrace_id": "Az8or"}
    kind = {400: web.HTTPBadRequest, 401: web.HTTPUnauthorized}[status]
    return kind(text=json.dumps({"error": error}), content_type="application/json")
