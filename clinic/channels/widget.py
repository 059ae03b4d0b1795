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

from clinic.channels import door, token
from clinic.channels.door import Refused
from clinic.channels.live import Live
from clinic.conversation import history
from clinic.database import database
from clinic.settings import clinic, now
from clinic.settings.environment import PROJECT
from clinic.settings.wording import placeholders

WIDGET = PROJECT / "widget"
PING_SECONDS = 10.0
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
        self._rate = door.Rate()
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
        blueprint = Blueprint("widget")
        blueprint.static("/widget", str(WIDGET), name="files")

        @blueprint.listener("before_server_start")
        async def guard(app: Sanic, _loop: AbstractEventLoop) -> None:
            door.install(app)
            app.register_middleware(_root_is_the_chat_page, "request")

        @blueprint.listener("before_server_stop")
        async def finish(_app: Sanic, _loop: AbstractEventLoop) -> None:
            if self._under_way:
                await asyncio.wait(self._under_way, timeout=10)

        @blueprint.exception(Refused)
        async def refuse(_request: Request, refused: Refused) -> HTTPResponse:
            return refused.response()

        @blueprint.get("/chat", name="page")
        async def page(_request: Request) -> HTTPResponse:
            text = (WIDGET / "index.html").read_text(encoding="utf-8")
            named = text.replace("The clinic", html.escape(clinic().name))
            return response.html(named, headers={"Content-Security-Policy": PAGE_POLICY})

        @blueprint.get("/chat/health", name="health")
        async def health(request: Request) -> HTTPResponse:
            ready = getattr(request.app.ctx, "agent", None) is not None
            return response.json({"ready": ready}, status=200 if ready else 503)

        @blueprint.post("/chat/session", name="session")
        async def session(_request: Request) -> HTTPResponse:
            signed, conversation, expires = token.issue()
            content = {"token": signed, "conversation": conversation, "expires": expires.isoformat()}
            return response.json(content, status=201)

        @blueprint.post("/chat/messages", name="messages")
        async def messages(request: Request) -> HTTPResponse:
            return await self._receive(request, on_new_message)

        @blueprint.get("/chat/events", name="events")
        async def events(request: Request) -> None:
            await self._stream(request)

        @blueprint.get("/chat/transcript", name="transcript")
        async def transcript(request: Request) -> HTTPResponse:
            conversation = _conversation(request)
            lines = await asyncio.to_thread(
                lambda: "".join(history.transcript(database(), conversation, clinic().name))
            )
            return response.text(lines, headers={"Content-Disposition": 'attachment; filename="chat.txt"'})

        @blueprint.delete("/chat/session", name="erase")
        async def erase(request: Request) -> HTTPResponse:
            await asyncio.to_thread(history.erase, database(), _conversation(request))
            return response.empty()

        return blueprint

    async def _receive(self, request: Request, on_new_message: Handler) -> HTTPResponse:
        """Accept a message once; the answer comes by the stream."""
        conversation = _conversation(request)
        content = door.json_object(request)
        message_id = door.checked_name(content.get("id"), "id")[:64]
        text = door.checked_text(content.get("text"))
        self._rate.take(conversation)
        new = await asyncio.to_thread(
            history.receive_once, database(), f"widget:{conversation}"[:32], message_id, conversation, now()
        )
        if new:
            task = asyncio.create_task(self._process(conversation, message_id, text, on_new_message))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return response.json({"id": message_id}, status=202)

    async def _process(self, conversation: str, message_id: str, text: str, handle: Handler) -> None:
        """Let Rasa answer; when nothing was said, say so instead of staying silent."""
        replies = CollectingOutputChannel()
        try:
            await handle(
                UserMessage(text, replies, conversation, input_channel=self.name(), message_id=message_id)
            )
        except Exception:
            logger.exception("A message could not be processed.")
        if not replies.messages:
            self._live.say(conversation, trouble())
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
                for name, content in happened:
                    await stream.send(_event(name, content if name != "message" else {"id": last, **content}))
                if not happened:
                    await stream.send(": ping\n\n")

    async def _send_new(self, stream: Any, conversation: str, last: int) -> int:
        for said in await asyncio.to_thread(history.said_since, database(), conversation, last):
            last = said.id
            await stream.send(_event("message", said.as_event(), said.id))
        return last


def trouble() -> dict[str, Any]:
    """Return the apology that is shown when nothing else can be said."""
    values = placeholders(clinic())
    words = "Sorry, something went wrong on our side. Please try again in a moment"
    reach = f", or reach the clinic here: {values['contact']}" if "contact" in values else ""
    return {
        "from": "bot",
        "text": f"{words}{reach}.",
        "buttons": [],
        "image": None,
        "custom": None,
        "time": now().isoformat(timespec="seconds"),
        "message": None,
    }


async def _root_is_the_chat_page(request: Request) -> HTTPResponse | None:
    return response.redirect("/chat") if request.path == "/" and request.method == "GET" else None


def _conversation(request: Request) -> str:
    return token.conversation_of(request.headers.get("Authorization"))


def _last_event(request: Request) -> int:
    text = request.headers.get("Last-Event-ID", "0")
    return int(text) if text.isdigit() and len(text) < 16 else 0


def _event(name: str, content: dict[str, Any], number: int | None = None) -> str:
    lines = [f"event: {name}", f"data: {json.dumps(content, ensure_ascii=False)}"]
    return "\n".join(([f"id: {number}"] if number else []) + lines) + "\n\n"
