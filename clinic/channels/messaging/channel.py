"""Rasa's input channel for a messaging platform: what all platforms share of receiving.

A message is checked, kept and acknowledged at once; it is answered afterwards, from the database. Without
the platform's settings in .env a channel has no address and does nothing.
"""

from __future__ import annotations

import asyncio
import logging
from asyncio import AbstractEventLoop
from collections.abc import Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, ClassVar

from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy.exc import SQLAlchemyError

from clinic.channels import door
from clinic.channels.answering import Handler
from clinic.channels.door import Refused
from clinic.channels.messaging import intake, receipts
from clinic.channels.messaging.answering import InOrder
from clinic.channels.messaging.deliver import Deliverer, deliverer_of, typing
from clinic.channels.messaging.incoming import Heard, Told
from clinic.channels.messaging.platform import Platform
from clinic.database import database
from clinic.settings import environment

BURST, PER_SECOND = 60, 1.0  # messages of one person; what comes beyond is one message "too fast"
# Threads of its own: a platform's acknowledgement waits for nothing but the database.
_taking_in = ThreadPoolExecutor(2, thread_name_prefix="taking-in")
logger = logging.getLogger(__name__)


class MessagingInput(InputChannel):
    """The base of a platform's channel, which names its ``platform``."""

    platform: ClassVar[type[Platform]]

    def __init__(self) -> None:
        access = environment().channels.get(self.name())
        self._platform = self.platform(access) if access else None
        self._rate = door.Rate(BURST, PER_SECOND)
        self._warned = door.Rate(1, 1 / 60)
        self._jobs: list[asyncio.Task[None]] = []

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        """See rasa.core.channels.InputChannel."""
        self._handle = on_new_message
        blueprint = Blueprint(self.name())
        if self._platform is None:
            return blueprint

        @blueprint.post("/webhook", stream=True)  # so that no more is read than a platform may send
        async def receive(request: Request) -> HTTPResponse:
            return await self._receive(request)

        self.add_routes(blueprint)
        blueprint.listener("after_server_start")(self._start)
        blueprint.listener("before_server_stop")(self._finish)
        blueprint.exception(Refused)(_refuse)
        blueprint.exception(SQLAlchemyError)(_refuse_for_now)
        return blueprint

    def add_routes(self, blueprint: Blueprint) -> None:
        """Add what a platform asks for beside its webhook."""

    async def _start(self, app: Sanic, _loop: AbstractEventLoop) -> None:
        """Answer what was left unanswered, and deliver."""
        assert self._platform
        self._deliverer: Deliverer = deliverer_of(app)
        self._deliverer.add(self._platform)
        await self._deliverer.start()
        self._answering = InOrder(self.name(), self._handle, self._deliverer.tell, lambda: app.ctx.agent)
        self._jobs = [asyncio.create_task(self._answering.take_up_what_was_left())]

    async def _finish(self, _app: Sanic, _loop: AbstractEventLoop) -> None:
        for job in list(self._jobs):
            job.cancel()
        await self._answering.finish()
        await self._deliverer.leave(self.name())

    async def _receive(self, request: Request) -> HTTPResponse:
        """Keep what the platform tells, and acknowledge it; it is worked on afterwards."""
        assert self._platform
        told = await self.genuine(request)
        heard = list(self._paced(told))
        if heard:
            loop = asyncio.get_running_loop()
            for conversation in await loop.run_in_executor(
                _taking_in, intake.take_in, database(), self._platform, heard
            ):
                self._answering.go_on(conversation)
            self._in_background(typing(self._deliverer.session, self._platform, heard))
        rest = [one for one in told if not isinstance(one, Heard)]
        if rest:
            early = await asyncio.to_thread(receipts.store, database(), self._platform, rest)
            self._in_background(receipts.store_again(self._platform, early))
        return self._platform.acknowledged()

    async def genuine(self, request: Request) -> list[Told]:
        """Return what a request tells. Raises Refused where it is too large, forged or misshapen."""
        assert self._platform
        body = await whole(request, self._platform.largest)
        if not self._platform.is_genuine(request, body):
            logger.warning("%s: a request without the platform's signature was refused.", self.name())
            raise Refused(403, "forbidden", "This address is for the messaging platform alone.")
        try:
            return list(self._platform.told(body))
        except ValueError:
            raise Refused(400, "bad_body", "This is not what the platform sends.") from None

    def _paced(self, told: Iterable[Told]) -> Iterator[Heard]:
        """Yield what people say, but for what one writes beyond measure: that is said once a minute."""
        for one in told:
            if not isinstance(one, Heard):
                continue
            if self._has_room(self._rate, one.chat):
                yield one
            elif self._has_room(self._warned, one.chat):
                yield replace(one, words="", kind="too_fast", choice=None)

    @staticmethod
    def _has_room(rate: door.Rate, chat: str) -> bool:
        try:
            rate.take(chat)
        except Refused:
            return False
        return True

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._jobs.append(task)
        task.add_done_callback(self._jobs.remove)


async def whole(request: Request, largest: int) -> bytes:
    """Read a request's body. Raises Refused where it is larger than ``largest`` bytes."""
    body = bytearray()
    assert request.stream
    while (piece := await request.stream.read()) is not None:
        body += piece
        if len(body) > largest:
            raise Refused(413, "too_large", "That is more than can be sent at once.")
    return bytes(body)


async def _refuse(_request: Request, refused: Refused) -> HTTPResponse:
    return refused.response()


async def _refuse_for_now(_request: Request, error: Exception) -> HTTPResponse:
    """Ask the platform to send it again: it could not be kept."""
    logger.error("The database cannot be used: %s", type(error).__name__)
    return Refused(503, "unavailable", "Not now.", retry_after=5).response()
