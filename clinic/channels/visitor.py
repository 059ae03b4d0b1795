"""What a visitor may do with their conversation: begin, keep, rate and erase it."""

from __future__ import annotations

import asyncio

from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from clinic.channels import door, token
from clinic.channels.door import Refused
from clinic.conversation import feedback, history, notice
from clinic.conversation.erasure import erase_chat
from clinic.database import database
from clinic.settings import clinic, now

THUMBS: dict[str | None, bool | None] = {"up": True, "down": False, None: None}
LARGEST_ID = 2**31


def add_routes(blueprint: Blueprint) -> None:
    """Add the routes below /chat that need nothing but the database."""
    blueprint.add_route(_begin, "/chat/session", methods=["POST"])
    blueprint.add_route(_erase, "/chat/session", methods=["DELETE"])
    blueprint.add_route(_transcript, "/chat/transcript")
    blueprint.add_route(_rate, "/chat/feedback", methods=["POST"])


async def _begin(_request: Request) -> HTTPResponse:
    signed, conversation, expires = token.issue()
    content = {"token": signed, "conversation": conversation, "expires": expires.isoformat()}
    return response.json(content | {"notice": notice.version(clinic())}, status=201)


async def _erase(request: Request) -> HTTPResponse:
    conversation = token.of(request)
    async with request.app.ctx.agent.lock_store.lock(conversation):  # a reply under way is erased too
        await asyncio.to_thread(erase_chat, database(), conversation)
    return response.empty()


async def _transcript(request: Request) -> HTTPResponse:
    conversation = token.of(request)
    lines = await asyncio.to_thread(history.transcript, database(), conversation, clinic().name)
    return response.text("".join(lines), headers={"Content-Disposition": 'attachment; filename="chat.txt"'})


async def _rate(request: Request) -> HTTPResponse:
    """Store a thumb: ``{"message": number of the event, "value": "up", "down" or null}``."""
    conversation = token.of(request)
    content = door.json_object(request)
    number, value = content.get("message"), content.get("value")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < LARGEST_ID:
        raise Refused(400, "bad_message", "The message must be the number of an answer.")
    if not isinstance(value, str | None) or value not in THUMBS:
        raise Refused(400, "bad_value", "The value must be up, down or null.")
    try:
        await asyncio.to_thread(feedback.rate, database(), conversation, number, THUMBS[value], now())
    except feedback.NoSuchAnswer:
        raise Refused(404, "no_answer", "There is no such answer in this chat.") from None
    return response.empty()
