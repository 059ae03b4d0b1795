"""What the simulated platforms share: a server in a thread of its own, people who write, and faults."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, ClassVar

import aiohttp
from aiohttp import web

RETRY_SECONDS = (0.2, 0.5, 1.0, 2.0, 4.0)  # shorter than the platforms', who go on for hours
LIMIT = aiohttp.ClientTimeout(total=15)
Fault = Callable[[int], str | None]


class NotTaken(Exception):
    """The assistant has not acknowledged a message, however often it was sent."""


@dataclass
class Shown:
    """What a person sees on the platform.

    Attributes:
        chat: The person.
        text: Words, a caption; empty for a file alone.
        buttons: (title, what pressing it sends).
        links: (title, address) of buttons that open a page.
        file: A document's content.
        id: The platform's name of the message.
        at: When it was taken, on the monotonic clock.

    """

    chat: str
    text: str
    buttons: list[tuple[str, str]] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    file: bytes | None = None
    id: str = ""
    at: float = field(default_factory=time.monotonic)


class Simulator:
    """A platform on a free port of this machine.

    Args:
        assistant: The assistant's address.

    Attributes:
        shown: What people were sent, in the order in which it was taken.
        actions: What else was called: typing, read …, with the person.
        fault: Given the number of a call that sends a message, returns None or what happens to it:
            ``500``, ``429``, ``refused`` (for good), ``cut`` (no answer, not taken) or ``lost`` (taken, and
            no answer).
        takes_files: Whether it takes calendar files; no platform promises that.

    """

    name: ClassVar[str]

    def __init__(self, assistant: str) -> None:
        self.assistant = assistant
        self.shown: list[Shown] = []
        self.actions: list[tuple[str, str]] = []
        self.fault: Fault = lambda _number: None
        self.takes_files = True
        self.pause = 1  # seconds that a 429 asks for
        self.numbers = itertools.count(1)
        self._calls = itertools.count(1)
        self._in_turn: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True, name=self.name).start()
        self.port = self.do(self._start())

    @property
    def address(self) -> str:
        """Where its API is."""
        return f"http://127.0.0.1:{self.port}"

    def settings(self) -> dict[str, str]:
        """Return the assistant's settings for this platform."""
        raise NotImplementedError

    def routes(self) -> list[web.RouteDef]:
        """Return its API."""
        raise NotImplementedError

    async def write(self, chat: str, text: str) -> None:
        """Let a person write. Raises NotTaken."""
        raise NotImplementedError

    async def press(self, shown: Shown, key: str) -> None:
        """Let a person press a button. Raises NotTaken."""
        raise NotImplementedError

    async def post(self, path: str, body: bytes, headers: dict[str, str], chat: str = "") -> None:
        """Send the assistant something until it is acknowledged, in order for each person.

        Raises:
            NotTaken: it never was.

        """
        async with self._in_turn[chat]:
            for seconds in (*RETRY_SECONDS, None):
                status = await self.once(path, body, headers)
                if status in range(200, 300):
                    return
                if seconds is not None:
                    await asyncio.sleep(seconds)
        raise NotTaken(f"the assistant answered {status or 'nothing'}")

    async def once(self, path: str, body: bytes, headers: dict[str, str]) -> int:
        """Send the assistant something once; return the status, 0 where there was no answer."""
        try:
            async with self._session.post(f"{self.assistant}{path}", data=body, headers=headers) as answer:
                await answer.read()
                return answer.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return 0

    def do(self, work: Coroutine[Any, Any, Any], seconds: float = 30) -> Any:
        """Run something on the simulator's loop and return what it returns."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(seconds)

    def says(self, chat: str, text: str) -> None:
        """Let a person write, from another thread."""
        self.do(self.write(chat, text))

    def presses(self, shown: Shown, title: str) -> None:
        """Let a person press the button with this title, from another thread."""
        self.do(self.press(shown, dict(shown.buttons)[title]))

    def read(self, chat: str) -> list[Shown]:
        """Return what a person was sent."""
        return [one for one in self.shown if one.chat == chat]

    def close(self) -> None:
        """Stop serving."""
        self.do(self._stop())
        self.loop.call_soon_threadsafe(self.loop.stop)

    async def taking(self, take: Callable[[], Any], request: web.Request) -> Any:
        """Take a message, or let it meet the fault that is due; return what ``take`` returns."""
        fault = self.fault(next(self._calls))
        if fault == "500":
            raise web.HTTPInternalServerError
        if fault in {"429", "refused"}:
            raise self.too_many() if fault == "429" else self.refusal()
        if fault == "cut":
            assert request.transport
            request.transport.abort()
            raise web.HTTPInternalServerError
        taken = take()
        if fault == "lost":
            assert request.transport
            request.transport.abort()
        return taken

    def too_many(self) -> web.HTTPException:
        """Return the platform's answer to too many requests."""
        return web.HTTPTooManyRequests(headers={"Retry-After": str(self.pause)})

    def refusal(self) -> web.HTTPException:
        """Return the platform's answer to a message that it will never deliver."""
        raise NotImplementedError

    async def _start(self) -> int:
        app = web.Application(client_max_size=2**22)
        app.add_routes(self.routes())
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self._session = aiohttp.ClientSession(timeout=LIMIT)
        return int(self._runner.addresses[0][1])

    async def _stop(self) -> None:
        await self._session.close()
        await self._runner.cleanup()
