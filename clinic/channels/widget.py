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
from clinic.conversation.inbox import Message
from clinic.database import database
from clinic.memory import give_back
from clinic.settings import clinic, environment, now
from clinic.settings.wording import placeholders

STOP_SECONDS = 10.0
INHERIT_SECONDS = 2.0
ACTIONS_SECONDS = 30.0
LONGEST_VERSION = 16
logger = logging.getLogger(__name__)
Handler = Callable[[UserMessage], Awaitable[Any]]


class WidgetInput(InputChannel):
    """Rasa's input channel for the chat widget and the assistant's own chat page."""

    def __init__(self) -> None:
        self._live = Live()
        self._rate = door.Rate()
        self._under_way: set[asyncio.Task[None]] = set()
        self._heir: asyncio.Task[None] | None = None

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
        blueprint.listener("after_server_start")(self._begin)
        blueprint.listener("before_server_stop")(self._finish)
        blueprint.exception(Refused)(_refuse)
        blueprint.exception(SQLAlchemyError)(_refuse_for_now)

        @blueprint.post("/chat/messages")
        async def receive(request: Request) -> HTTPResponse:
            return await self._receive(request)

        @blueprint.get("/chat/events")
        async def stream(request: Request) -> None:
            await Stream(token.of(request), self._live).serve(request)

        return blueprint

    async def _begin(self, _app: Sanic, loop: AbstractEventLoop) -> None:
        """Follow the database, and answer what a process that died has left."""

        def tell(conversation: str | None) -> None:
            loop.call_soon_threadsafe(self._tell, conversation)

        self._follower = Follower(database(), tell)
        await asyncio.to_thread(self._follower.start)
        self._heir = asyncio.create_task(self._inherit())
        give_back()

    def _tell(self, conversation: str | None) -> None:
        if conversation is None:
            self._live.tell_all()
        else:
            self._live.tell(conversation)

    async def _finish(self, _app: Sanic, _loop: AbstractEventLoop) -> None:
        """Let every message in flight be answered before the server stops."""
        if self._heir:
            self._heir.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=STOP_SECONDS)
        await asyncio.to_thread(self._follower.stop)

    async def _receive(self, request: Request) -> HTTPResponse:
        """Accept a message once; the answer comes by the stream."""
        conversation = token.of(request)
        content = door.json_object(request)
        message_id = door.checked_name(content.get("id"), "id")[:64]
        message = Message(conversation, message_id, door.checked_text(content.get("text")))
        self._rate.take(conversation)
        if await asyncio.to_thread(_take_in, message, self._follower.owner, content.get("notice")):
            self._start(self._process(message))
        return response.json({"id": message_id}, status=202)

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _process(self, message: Message) -> None:
        """Let Rasa answer; when nothing was said, say so instead of staying silent."""
        discard = CollectingOutputChannel()  # replies reach the visitor from the database
        said = UserMessage(
            message.text, discard, message.conversation, input_channel=self.name(), message_id=message.id
        )
        try:
            await self._handle(said)
        except Exception:
            logger.exception("A message could not be processed.")
        await asyncio.to_thread(_close, message)
        self._live.tell(message.conversation)

    async def _inherit(self) -> None:
        """Answer the messages of processes that have died, each conversation's in their order."""
        while True:
            try:
                left = await asyncio.to_thread(inbox.left_behind, database(), self._follower.owner)
            except SQLAlchemyError as error:
                logger.warning("Cannot look for unanswered messages: %s", type(error).__name__)
                left = []
            if left:
                await _actions_ready()
            for message in left:
                if await asyncio.to_thread(_was_processed, message):
                    await asyncio.to_thread(_close, message)
                else:
                    await self._process(message)
            await asyncio.sleep(INHERIT_SECONDS)


def _take_in(message: Message, owner: int, version: Any) -> bool:
    accepted = version[:LONGEST_VERSION] if isinstance(version, str) and version else None
    if accepted == notice.version(clinic()):
        notice.keep_wording(database(), clinic(), now())
    return inbox.take_in(database(), message, owner, now(), accepted)


def _was_processed(message: Message) -> bool:
    return history.was_processed(database(), message.conversation, message.id)


def _close(message: Message) -> None:
    """Leave no message unanswered and none under way, and nothing of a chat that was erased meanwhile."""
    if history.is_unanswered(database(), message.conversation):
        history.add_reply(database(), message.conversation, _trouble(), now())
    inbox.answered(database(), message)
    if not inbox.is_wanted(database(), message):
        history.erase(database(), message.conversation)


async def _actions_ready() -> None:
    """Wait until the action server takes connections: it may be starting as well."""
    deadline = asyncio.get_running_loop().time() + ACTIONS_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", environment().actions_port)
        except OSError:
            await asyncio.sleep(0.2)
        else:
            writer.close()
            return


async def _guard(app: Sanic, _loop: AbstractEventLoop) -> None:
    door.install(app)
    embedding.install(app)
    app.register_middleware(_root_is_the_chat_page, "request")


async def _refuse(_request: Request, refused: Refused) -> HTTPResponse:
    return refused.response()


async def _refuse_for_now(_request: Request, error: SQLAlchemyError) -> HTTPResponse:
    logger.error("The database cannot be used: %s", type(error).__name__)
    return Refused(503, "unavailable", _trouble(), retry_after=5).response()


def _trouble() -> str:
    """Return the apology that is shown when nothing else can be said."""
    reach = placeholders(clinic()).get("contact")
    words = "Sorry, something went wrong on our side. Please try again in a moment"
    return f"{words}, or reach the clinic here: {reach}" if reach else f"{words}."


async def _root_is_the_chat_page(request: Request) -> HTTPResponse | None:
    return response.redirect("/chat") if request.path == "/" and request.method == "GET" else None
