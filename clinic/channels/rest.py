"""Rasa's rest channel, for tools on this machine, without its silence: a failure has a status and words."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.channels.rest import RestInput as RasasRestInput
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from clinic.channels import door
from clinic.channels.door import Refused
from clinic.conversation.trouble import Unavailable, apology

logger = logging.getLogger(__name__)
Handler = Callable[[UserMessage], Awaitable[Any]]


class RestInput(RasasRestInput):
    """``clinic.channels.rest.RestInput:`` in credentials.yml; POST /webhooks/rest/webhook as in Rasa."""

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        """See rasa.core.channels.InputChannel. Replies are never streamed: they are saved first."""
        blueprint = Blueprint("rest")
        blueprint.exception(Refused)(_refuse)

        @blueprint.get("/")
        async def health(_request: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @blueprint.post("/webhook")
        async def receive(request: Request) -> HTTPResponse:
            content = door.from_this_machine(request)
            collector = CollectingOutputChannel()
            message = UserMessage(
                content["message"],
                collector,
                content["sender"],
                input_channel=content.get("input_channel") or self.name(),
                metadata=content.get("metadata"),
            )
            await _answer(on_new_message, message)
            return response.json(collector.messages)

        return blueprint


async def _answer(handle: Handler, message: UserMessage) -> None:
    """Let Rasa answer. Raises Refused with an apology when it cannot."""
    try:
        await handle(message)
    except Unavailable:
        logger.exception("The database cannot be used.")
        raise Refused(503, "unavailable", apology(remembered=False), retry_after=5) from None
    except Exception:
        logger.exception("A message could not be processed.")
        raise Refused(500, "trouble", apology(remembered=False)) from None


async def _refuse(_request: Request, refused: Refused) -> HTTPResponse:
    return refused.response()
