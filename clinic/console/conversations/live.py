"""The live view: server-sent events with what is new in a conversation, as parts of the page."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.engine import Engine

from clinic.channels.follow import Follower
from clinic.channels.live import Live, News
from clinic.console import sessions
from clinic.console.audit import record
from clinic.console.conversations import reading
from clinic.console.conversations.transcript import existing, state
from clinic.console.conversations.wording import name_in
from clinic.console.pages import render
from clinic.console.views import Asked, view
from clinic.conversation import presence
from clinic.database import database

LOOK_SECONDS = 10.0  # a lost connection to the database delays news and loses none
LONGEST_NUMBER = 16  # digits of an event's number


@dataclass
class Watch:
    """What one process follows for all the pages that are open in it."""

    live: Live = field(default_factory=Live)
    follower: Follower | None = None
    open: int = 0


_watches: dict[tuple[Engine, asyncio.AbstractEventLoop], Watch] = {}


@asynccontextmanager
async def listening(conversation: str) -> AsyncIterator[News]:
    """Collect a conversation's news; the database is followed while any page listens."""
    engine, loop = database(), asyncio.get_running_loop()
    watch = _watches.setdefault((engine, loop), Watch())

    def tell(name: str | None) -> None:
        loop.call_soon_threadsafe(*((watch.live.tell, name) if name else (watch.live.tell_all,)))

    watch.open += 1
    try:
        if watch.follower is None:
            watch.follower = Follower(engine, tell)
            await asyncio.to_thread(watch.follower.start)
        with watch.live.listening(conversation) as news:
            yield news
    finally:
        watch.open -= 1
        if not watch.open and watch.follower:
            del _watches[engine, loop]
            await asyncio.to_thread(watch.follower.stop)


@view("/conversations/<part>/live", role="viewer")
async def follow(asked: Asked, part: str) -> Any:
    """Send what is new after the last event that the browser has, until it goes away or may not look on."""
    stream = Stream(asked, name_in(part))
    await asyncio.to_thread(stream.begin)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    response = await asked.request.respond(content_type="text/event-stream", headers=headers)
    async with listening(stream.name) as news:
        while (parts := await asyncio.to_thread(stream.next)) is not None:
            for text in parts:
                await response.send(text)
            if not parts and not await news.next(LOOK_SECONDS):
                await response.send(": nothing new\n\n")


class Stream:
    """What one open page has seen."""

    def __init__(self, asked: Asked, name: str) -> None:
        self._asked, self.name = asked, name
        text = asked.request.headers.get("Last-Event-ID") or asked.argument("after") or "0"
        self._last = int(text) if text.isascii() and text.isdecimal() and len(text) < LONGEST_NUMBER else 0
        self._state: Any = ()
        self._typing: str | None = None

    def begin(self) -> None:
        """Note who follows it. Raises Refused (404) where there is no such conversation."""
        with database().begin() as self._asked.transaction:
            existing(self._asked, self.name)
            subject = f"conversation {self.name}"
            record(self._asked.connection, self._asked.me, "followed live", subject)

    def next(self) -> list[str] | None:
        """Return what is new, as server-sent events; None once the person is signed out.

        Who may look on is asked last: what was written after they were signed out is not shown.
        """
        with database().begin() as self._asked.transaction:
            parts = [*self._lines(), *self._who_answers(), *self._who_writes()]
        return parts if self._may_look_on() else None

    def _may_look_on(self) -> bool:
        token = self._asked.request.cookies.get(sessions.cookie_name())
        with database().begin() as connection:
            who = sessions.who(connection, token, datetime.now(UTC))
        return who is not None and who.may("viewer")

    def _lines(self) -> list[str]:
        connection = self._asked.connection
        lines, self._last = reading.since(connection, self.name, self._last)
        if not lines:
            return []
        part = render(self._asked, "conversations/part_lines.html", lines=lines)
        return [_event("lines", part, self._last)]

    def _who_answers(self) -> list[str]:
        values = state(self._asked, self.name)
        taken = values["taken"]
        current = (taken.staff_id, taken.since) if taken else None
        if current == self._state:
            return []
        self._state = current
        part = render(self._asked, "conversations/part_state.html", one={"id": self.name}, **values)
        return [_event("state", part)]

    def _who_writes(self) -> list[str]:
        typing = presence.who_is_typing(database(), self.name)
        if typing in {self._typing, self._asked.me.name}:
            return []
        self._typing = typing
        return [_event("writing", f"{typing} is writing" if typing else "")]


def _event(name: str, content: str, number: int | None = None) -> str:
    lines = ([f"id: {number}"] if number else []) + [f"event: {name}", f"data: {json.dumps(content)}"]
    return "\n".join(lines) + "\n\n"
