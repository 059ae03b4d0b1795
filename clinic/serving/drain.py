"""A graceful stop: no new request is taken, every one that was taken is answered, then the process ends."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from weakref import WeakSet

from sanic.request import Request
from sanic.response import HTTPResponse, json

from clinic.settings import environment

CLOSING_SECONDS = 1.0  # for open streams; they resume elsewhere where they stopped
STEP = 0.05  # seconds between two looks
QUIET_LOOKS = 3  # an accepted message has become a task by then
logger = logging.getLogger(__name__)


class Drain:
    """The requests of one process that somebody waits for."""

    def __init__(self) -> None:
        self.is_stopping = False
        self._open: WeakSet[Request] = WeakSet()  # one whose client has gone is forgotten with it

    def begin(self, request: Request) -> HTTPResponse | None:
        """Note a request, or refuse it when this process is stopping: another one will take it."""
        if self.is_stopping:
            content = {"error": "restarting", "message": "One moment, please. The chat is restarting."}
            return json(content, status=503, headers={"Retry-After": "1", "Connection": "close"})
        if request.method != "GET":  # a stream is a GET and waits for nothing
            self._open.add(request)
        return None

    def end(self, request: Request) -> None:
        """Note that a request has its response."""
        self._open.discard(request)

    async def finish(self, in_flight: Callable[[], float]) -> None:
        """Refuse what comes and wait for what is open; ``in_flight`` counts the messages under way."""
        self.is_stopping = True
        deadline, quiet = time.monotonic() + environment().stop_seconds, 0
        while quiet < QUIET_LOOKS:
            await asyncio.sleep(STEP)
            quiet = 0 if self._open or in_flight() else quiet + 1
            if time.monotonic() > deadline:
                logger.error("Stopping although %d requests are unanswered.", len(self._open))
                return
