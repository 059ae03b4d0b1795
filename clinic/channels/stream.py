"""One open stream of server-sent events: a conversation as the database has it, then as it goes on."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from sanic.request import Request

from clinic.channels.live import Live
from clinic.conversation import history, notice, presence
from clinic.conversation.history import Said, TurnOver
from clinic.database import database
from clinic.settings import clinic

PING_SECONDS = 10.0
LONGEST_NUMBER = 16  # digits of an event id


class Stream:
    """Sends each message once and in order, from the last event that the browser has seen."""

    def __init__(self, conversation: str, live: Live) -> None:
        self._conversation, self._live = conversation, live
        self._typing: str | None = None

    async def serve(self, request: Request) -> None:
        """Send until the browser goes away."""
        self._last = _last_event(request)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        self._response = await request.respond(content_type="text/event-stream", headers=headers)
        with self._live.listening(self._conversation) as news:
            await self._send("notice", await asyncio.to_thread(self._notice))
            await self._send_new()
            await self._send("history-end", {})
            while True:
                happened = await news.next(PING_SECONDS)
                await self._send_new()
                await self._send_typing()
                if not happened:
                    await self._response.send(": ping\n\n")

    async def _send_new(self) -> None:
        for item in await asyncio.to_thread(
            history.happened_since, database(), self._conversation, self._last
        ):
            if isinstance(item, TurnOver):
                await self._send("turn", {"message": item.message})
            else:
                self._last = item.id
                await self._send("presence" if item.presence else "message", _content(item), item.id)

    async def _send_typing(self) -> None:
        name = await asyncio.to_thread(presence.who_is_typing, database(), self._conversation)
        if name or name != self._typing:
            await self._send("typing", {"name": name, "seconds": presence.TYPING.seconds})
        self._typing = name

    def _notice(self) -> dict[str, Any]:
        current = notice.version(clinic())
        accepted = notice.has_accepted(database(), self._conversation, current)
        return {"version": current, "accepted": accepted}

    async def _send(self, name: str, content: dict[str, Any], number: int | None = None) -> None:
        lines = [f"event: {name}", f"data: {json.dumps(content, ensure_ascii=False)}"]
        await self._response.send("\n".join(([f"id: {number}"] if number else []) + lines) + "\n\n")


def _content(said: Said) -> dict[str, Any]:
    if said.presence:
        return {"id": said.id, "state": said.presence, "name": said.name, "time": said.time}
    return said.as_event()


def _last_event(request: Request) -> int:
    text = request.headers.get("Last-Event-ID", "0")
    return int(text) if text.isdigit() and len(text) < LONGEST_NUMBER else 0
