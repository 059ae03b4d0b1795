"""The widget's channel: sessions, messages received once, and a resumable stream of replies.

The stream follows the database, so that every reply arrives once and in order across reloads, tabs,
restarts and processes. The protocol is described in widget/README.md.
"""

from __future__ import annotations

import asyncio
import logging
from asyncio import AbstractEventLoop
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy.exc import SQLAlchemyError

from clinic.channels import door, embedding, files, pages, token, visitor
from clinic.channels.door import Refused
from clinic.channels.follow import Follower
from clinic.channels.live import Live
from clinic.channels.stream import Stream
from clinic.conversation import history, inbox, notice
from clinic.conversation.erasure import erase_chat
from clinic.conversation.inbox import AlreadyAnswered, Waiting
from clinic.conversation.masking import mask_logs
from clinic.conversation.offered import payloads
from clinic.conversation.retention import enforce_always
from clinic.conversation.trouble import Unavailable, apology
from clinic.database import database
from clinic.memory import give_back
from clinic.rasa_patches.actions import close_session
from clinic.settings import clinic, environment, now

LEFT_SECONDS = 3.0  # between looks for messages that were left unanswered
AT_ONCE = 8  # messages in work: of fifty at once each would outlast the time that an action has
LONGEST_VERSION = 16
logger = logging.getLogger(__name__)
Handler = Callable[[UserMessage], Awaitable[Any]]


class WidgetInput(InputChannel):
    """Rasa's input channel for the chat widget and the assistant's own chat page."""

    def __init__(self) -> None:
        self._live = Live()
        self._gate = door.Gate()
        self._under_way: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(AT_ONCE)
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
        self._handle = on_new_message
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

    async def _start_jobs(self, _app: Sanic, loop: AbstractEventLoop) -> None:
        """Follow the database, take up what was left unanswered, and keep the retention's promise."""
        mask_logs()

        def tell(conversation: str | None) -> None:
            loop.call_soon_threadsafe(self._tell, conversation)

        self._follower = Follower(database(), tell)
        await asyncio.to_thread(self._follower.start)
        jobs = (self._take_up_what_was_left(), enforce_always())
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
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=environment().stop_seconds)
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
        if await asyncio.to_thread(_take_in, message, content.get("notice")):
            self._begin(message)
        return response.json({"id": message_id}, status=202)

    async def _checked_text(self, value: Any, conversation: str) -> str:
        """Return the text; a command only where this conversation was offered it as a button."""
        offered: set[str] = set()
        if door.is_command(value):
            offered = await asyncio.to_thread(payloads, database(), conversation)
        return door.checked_text(value, offered)

    def _begin(self, message: Waiting) -> None:
        task = asyncio.create_task(self._process(message))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _take_up_what_was_left(self) -> None:
        """Answer messages whose process died or whose database was away, as long as the server runs."""
        alone = database().dialect.name == "sqlite"  # whoever had them before this start is dead
        while True:
            try:
                left = await asyncio.to_thread(inbox.take_up, database(), self.name(), alone=alone)
                alone = False
            except SQLAlchemyError as error:
                logger.error("The database cannot be used: %s", type(error).__name__)  # noqa: TRY400
                left = []
            for message in left:
                self._begin(message)
            await asyncio.sleep(LEFT_SECONDS)

    async def _process(self, message: Waiting) -> None:
        """Let Rasa answer; when nothing was said, say so instead of staying silent."""
        discard = CollectingOutputChannel()  # replies reach the visitor from the database
        said = UserMessage(
            message.words,
            discard,
            message.conversation,
            input_channel=self.name(),
            message_id=message.message_id,
        )
        try:
            async with self._room:
                await self._handle(said)
            await asyncio.to_thread(_leave_nothing_erased, message)
        except (Unavailable, SQLAlchemyError):
            logger.exception("The database cannot be used: a message is answered once it can.")
        except Exception:
            logger.exception("A message could not be processed.")
            await asyncio.to_thread(_apologise, message)
        self._live.tell(message.conversation)


def _take_in(message: Waiting, version: Any) -> bool:
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


def _leave_nothing_erased(message: Waiting) -> None:
    """Erase again what the answer to a message left of a chat that was erased meanwhile."""
    if not inbox.is_known(database(), message):
        erase_chat(database(), message.conversation)


def _apologise(message: Waiting) -> None:
    """Leave no message unanswered, whatever went wrong."""
    if history.is_unanswered(database(), message.conversation):
        history.add_reply(database(), message.conversation, apology(remembered=True), now())
    try:
        with database().begin() as connection:
            inbox.mark_answered(connection, message.conversation, message.message_id)
    except AlreadyAnswered:
        return


async def _root_is_the_chat_page(request: Request) -> HTTPResponse | None:
    return response.redirect("/chat") if request.path == "/" and request.method == "GET" else None
