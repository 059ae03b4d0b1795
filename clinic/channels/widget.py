"""The widget's channel: sessions, messages received once, and a resumable stream of replies.

The stream follows the database, so that every reply arrives once and in order across reloads, tabs
and restarts. The protocol is described in widget/README.md.
"""

from __future__ import annotations

import asyncio
import html
import json
import logging
from asyncio import AbstractEventLoop
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy.exc import SQLAlchemyError

from clinic.channels import door, token
from clinic.channels.door import Refused
from clinic.channels.live import Live
from clinic.conversation import history, inbox
from clinic.conversation.erasure import erase
from clinic.conversation.masking import mask_logs
from clinic.conversation.offered import payloads
from clinic.conversation.retention import enforce_always
from clinic.conversation.trouble import Unavailable, apology
from clinic.database import database
from clinic.memory import give_back
from clinic.rasa_patches.actions import close_session
from clinic.settings import clinic, environment, now
from clinic.settings.environment import PROJECT

WIDGET = PROJECT / "widget"
PING_SECONDS = 10.0
LEFT_SECONDS = 3.0  # between looks for messages that were left unanswered
LONGEST_NUMBER = 16  # digits of an event id
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
)
logger = logging.getLogger(__name__)
Handler = Callable[[UserMessage], Awaitable[Any]]


class WidgetInput(InputChannel):
    """Rasa's input channel for the chat widget and the assistant's own chat page."""

    def __init__(self) -> None:
        self._live = Live()
        self._gate = door.Gate()
        self._under_way: set[asyncio.Task[None]] = set()

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
        blueprint.static("/widget", str(WIDGET), name="files")
        blueprint.add_route(_page, "/chat")
        blueprint.add_route(_health, "/chat/health")
        blueprint.add_route(_session, "/chat/session", methods=["POST"])
        blueprint.add_route(_erase, "/chat/session", methods=["DELETE"])
        blueprint.add_route(_transcript, "/chat/transcript")
        blueprint.listener("before_server_start")(_guard)
        blueprint.listener("after_server_start")(_loaded)
        blueprint.listener("after_server_start")(self._start_jobs)
        blueprint.listener("before_server_stop")(self._finish)
        blueprint.exception(Refused)(_refuse)
        blueprint.exception(SQLAlchemyError, Unavailable)(_refuse_for_now)

        @blueprint.post("/chat/messages")
        async def receive(request: Request) -> HTTPResponse:
            return await self._receive(request)

        @blueprint.get("/chat/events")
        async def stream(request: Request) -> None:
            await self._stream(request)

        return blueprint

    async def _start_jobs(self, _app: Sanic, _loop: AbstractEventLoop) -> None:
        mask_logs()
        jobs = (self._take_up_what_was_left(), enforce_always())
        self._jobs = [asyncio.create_task(job) for job in jobs]

    async def _finish(self, _app: Sanic, _loop: AbstractEventLoop) -> None:
        """Let every message in flight be answered before the server stops."""
        for job in self._jobs:
            job.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=environment().stop_seconds)
        await close_session()

    async def _receive(self, request: Request) -> HTTPResponse:
        """Accept a message once; the answer comes by the stream."""
        conversation = _conversation(request)
        content = door.json_object(request)
        message_id = door.checked_name(content.get("id"), "id")[:64]
        self._gate.take(door.address_of(request), conversation)
        text = await self._checked_text(content.get("text"), conversation)
        channel = f"{self.name()}:{conversation}"
        if await asyncio.to_thread(inbox.take_in, database(), channel, message_id, conversation, text):
            self._begin(conversation, message_id, text)
        return response.json({"id": message_id}, status=202)

    async def _checked_text(self, value: Any, conversation: str) -> str:
        """Return the text; a command only where this conversation was offered it as a button."""
        offered: set[str] = set()
        if door.is_command(value):
            offered = await asyncio.to_thread(payloads, database(), conversation)
        return door.checked_text(value, offered)

    def _begin(self, conversation: str, message_id: str, text: str) -> None:
        task = asyncio.create_task(self._process(conversation, message_id, text))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _take_up_what_was_left(self) -> None:
        """Answer messages whose process died or whose database was away, as long as the server runs."""
        while True:
            await asyncio.sleep(LEFT_SECONDS)
            try:
                left = await asyncio.to_thread(inbox.take_up, database(), self.name())
            except SQLAlchemyError as error:
                logger.error("The database cannot be used: %s", type(error).__name__)  # noqa: TRY400
                continue
            for message in left:
                self._begin(message.conversation, message.message_id, message.words)

    async def _process(self, conversation: str, message_id: str, text: str) -> None:
        """Let Rasa answer; when nothing was said, say so instead of staying silent."""
        discard = CollectingOutputChannel()  # replies reach the visitor from the database
        message = UserMessage(text, discard, conversation, input_channel=self.name(), message_id=message_id)
        try:
            await self._handle(message)
        except (Unavailable, SQLAlchemyError):
            logger.exception("The database cannot be used: a message is answered once it can.")
        except Exception:
            logger.exception("A message could not be processed.")
            await asyncio.to_thread(_apologise_if_silent, conversation)
        self._live.turn_over(conversation, message_id)

    async def _stream(self, request: Request) -> None:
        conversation = _conversation(request)
        last = _last_event(request)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        stream = await request.respond(content_type="text/event-stream", headers=headers)
        with self._live.listening(conversation) as news:
            last = await self._send_new(stream, conversation, last)
            await stream.send(_event("history-end", {}))
            while True:
                happened = await news.next(PING_SECONDS)
                last = await self._send_new(stream, conversation, last)
                for message_id in happened:
                    await stream.send(_event("turn", {"message": message_id}))
                if not happened:
                    await stream.send(": ping\n\n")

    async def _send_new(self, stream: Any, conversation: str, last: int) -> int:
        for said in await asyncio.to_thread(history.said_since, database(), conversation, last):
            last = said.id
            await stream.send(_event("message", said.as_event(), said.id))
        return last


async def _page(_request: Request) -> HTTPResponse:
    page = (WIDGET / "index.html").read_text(encoding="utf-8")
    named = page.replace("The clinic", html.escape(clinic().name))
    return response.html(named, headers={"Content-Security-Policy": PAGE_POLICY})


async def _health(request: Request) -> HTTPResponse:
    ready = getattr(request.app.ctx, "agent", None) is not None
    return response.json({"ready": ready}, status=200 if ready else 503)


async def _session(_request: Request) -> HTTPResponse:
    signed, conversation, expires = token.issue()
    content = {"token": signed, "conversation": conversation, "expires": expires.isoformat()}
    return response.json(content, status=201)


async def _erase(request: Request) -> HTTPResponse:
    conversation = _conversation(request)
    async with request.app.ctx.agent.lock_store.lock(conversation):  # a reply under way is erased too
        await asyncio.to_thread(erase, database(), [conversation], now())
    return response.empty()


async def _transcript(request: Request) -> HTTPResponse:
    conversation = _conversation(request)
    lines = await asyncio.to_thread(history.transcript, database(), conversation, clinic().name)
    return response.text("".join(lines), headers={"Content-Disposition": 'attachment; filename="chat.txt"'})


async def _guard(app: Sanic, _loop: AbstractEventLoop) -> None:
    door.install(app)
    app.register_middleware(_root_is_the_chat_page, "request")


async def _loaded(_app: Sanic, _loop: AbstractEventLoop) -> None:
    give_back()


async def _refuse(_request: Request, refused: Refused) -> HTTPResponse:
    return refused.response()


async def _refuse_for_now(_request: Request, error: Exception) -> HTTPResponse:
    logger.error("The database cannot be used: %s", type(error).__name__)
    return Refused(503, "unavailable", apology(remembered=False), retry_after=5).response()


def _apologise_if_silent(conversation: str) -> None:
    if history.is_unanswered(database(), conversation):
        history.add_reply(database(), conversation, apology(remembered=True), now())


async def _root_is_the_chat_page(request: Request) -> HTTPResponse | None:
    return response.redirect("/chat") if request.path == "/" and request.method == "GET" else None


def _conversation(request: Request) -> str:
    return token.conversation_of(request.headers.get("Authorization"))


def _last_event(request: Request) -> int:
    text = request.headers.get("Last-Event-ID", "0")
    return int(text) if text.isdigit() and len(text) < LONGEST_NUMBER else 0


def _event(name: str, content: dict[str, Any], number: int | None = None) -> str:
    lines = [f"event: {name}", f"data: {json.dumps(content, ensure_ascii=False)}"]
    return "\n".join(([f"id: {number}"] if number else []) + lines) + "\n\n"
