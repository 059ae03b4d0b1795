"""The widget's channel: sessions, messages received once, and a resumable stream of replies.

The stream follows the database, so that every reply arrives once and in order across reloads, tabs,
restarts and processes. The protocol is described in widget/README.md.
"""

from __future__ import annotations

import asyncio
import logging
from asyncio import AbstractEventLoop
from typing import Any

from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy.exc import SQLAlchemyError

from clinic.channels import door, embedding, files, pages, token, visitor
from clinic.channels.answering import Answering, Handler
from clinic.channels.door import Refused
from clinic.channels.follow import Follower
from clinic.channels.live import Live
from clinic.channels.resuming import resume_always
from clinic.channels.stream import Stream
from clinic.conversation import inbox, notice
from clinic.conversation.inbox import Waiting
from clinic.conversation.masking import mask_logs
from clinic.conversation.offered import payloads
from clinic.conversation.retention import enforce_always
from clinic.conversation.trouble import Unavailable, apology
from clinic.database import database
from clinic.memory import give_back
from clinic.rasa_patches.actions import close_session
from clinic.settings import clinic, now

LONGEST_VERSION = 16
logger = logging.getLogger(__name__)


class WidgetInput(InputChannel):
    """Rasa's input channel for the chat widget and the assistant's own chat page."""

    def __init__(self) -> None:
        self._live = Live()
        self._gate = door.Gate()
        self._jobs: list[asyncio.Task[None]] = []

    @classmethod
    def name(cls) -> str:
        """See rasa.core.channels.InputChannel."""
        return "widget"

    def url_prefix(self) -> str:
        """Serve from the root instead of /webhooks/widget."""
        return "/"

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        """See rasa.core.channels.InputChannel."""
        self._answering = Answering(self.name(), on_new_message, self._live.tell)
        blueprint = Blueprint("widget")
        blueprint.add_route(files.serve, "/widget/<name:path>")
        blueprint.add_route(pages.chat, "/chat")
        blueprint.add_route(pages.privacy, "/chat/privacy")
        visitor.add_routes(blueprint)
        blueprint.listener("before_server_start")(_guard)
        blueprint.listener("after_server_start")(self._start_jobs)
        blueprint.listener("before_server_stop")(self._finish)
        blueprint.exception(Refused)(_refuse)
        blueprint.exception(SQLAlchemyError, Unavailable)(_refuse_for_now)

        @blueprint.post("/chat/messages")
        async def receive(request: Request) -> HTTPResponse:
            return await self._receive(request)

        @blueprint.get("/chat/events")
        async def stream(request: Request) -> None:
            await Stream(token.of(request), self._live).serve(request)

        return blueprint

    async def _start_jobs(self, app: Sanic, loop: AbstractEventLoop) -> None:
        """Follow the database, take up what was left unanswered, and keep the retention's promise."""
        mask_logs()

        def tell(conversation: str | None) -> None:
            loop.call_soon_threadsafe(self._tell, conversation)

        self._follower = Follower(database(), tell)
        await asyncio.to_thread(self._follower.start)
        jobs = (self._answering.take_up_what_was_left(), enforce_always(), resume_always(app))
        self._jobs = [asyncio.create_task(job) for job in jobs]
        give_back()

    def _tell(self, conversation: str | None) -> None:
        if conversation is None:
            self._live.tell_all()
        else:
            self._live.tell(conversation)

    async def _finish(self, _app: Sanic, _loop: AbstractEventLoop) -> None:
        """Let every message in flight be answered before the server stops."""
        for job in self._jobs:
            job.cancel()
        await self._answering.finish()
        await asyncio.to_thread(self._follower.stop)
        await close_session()

    async def _receive(self, request: Request) -> HTTPResponse:
        """Accept a message once; the answer comes by the stream."""
        conversation = token.of(request)
        content = door.json_object(request)
        message_id = door.checked_name(content.get("id"), "id")[:64]
        self._gate.take(door.address_of(request), conversation)
        text = await self._checked_text(content.get("text"), conversation)
        message = Waiting(f"{self.name()}:{conversation}", message_id, conversation, text)
        if taken := await asyncio.to_thread(_take_in, message, content.get("notice")):
            self._answering.begin(taken)
        return response.json({"id": message_id}, status=202)

    async def _checked_text(self, value: Any, conversation: str) -> str:
        """Return the text; a command only where this conversation was offered it as a button."""
        offered: set[str] = set()
        if door.is_command(value):
            offered = await asyncio.to_thread(payloads, database(), conversation)
        return door.checked_text(value, offered)


def _take_in(message: Waiting, version: Any) -> Waiting | None:
    """Note a message, and the privacy notice that was accepted with it."""
    taken = inbox.take_in(
        database(), message.channel, message.message_id, message.conversation, message.words
    )
    if taken and isinstance(version, str) and version[:LONGEST_VERSION] == notice.version(clinic()):
        notice.keep_wording(database(), clinic(), now())
        notice.accept(database(), message.conversation, version, now())
    return taken


async def _guard(app: Sanic, _loop: AbstractEventLoop) -> None:
    door.install(app)
    embedding.install(app)
    app.register_middleware(_root_is_the_chat_page, "request")


async def _refuse(_request: Request, refused: Refused) -> HTTPResponse:
    return refused.response()


async def _refuse_for_now(_request: Request, error: Exception) -> HTTPResponse:
    logger.error("The database cannot be used: %s", type(error).__name__)
    return Refused(503, "unavailable", apology(remembered=False), retry_after=5).response()


async def _root_is_the_chat_page(request: Request) -> HTTPResponse | None:
    return response.redirect("/chat") if request.path == "/" and request.method == "GET" else None
