"""Delivers what was said to the platforms: in order within a conversation, at least once.

A message is sent twice only where the platform's answer to the first was lost. The conversation's
delivery has a lock (clinic.conversation.locks) that ends with the process that holds it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import aiohttp
from sqlalchemy.exc import SQLAlchemyError

from clinic.channels.follow import Follower
from clinic.channels.messaging import calls, deliveries, intake, reach
from clinic.channels.messaging.deliveries import FAILED, STOPPED, Due
from clinic.channels.messaging.incoming import Heard
from clinic.channels.messaging.platform import Never, NotNow, Platform
from clinic.channels.messaging.spoken import spoken
from clinic.conversation.history import Said
from clinic.conversation.trouble import Unavailable
from clinic.database import database
from clinic.settings import clinic, environment

AT_ONCE = 20  # conversations of one platform, in one process
LOOK_SECONDS = 5.0  # between looks for what nobody told of
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0  # seconds, doubling
GIVE_UP = timedelta(hours=24)
T = TypeVar("T")
NOTING = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)  # seconds between tries to note that a message was taken
# Threads of their own: neither acknowledgements nor visitors of the widget wait for deliveries.
_delivering = ThreadPoolExecutor(2, thread_name_prefix="delivering")
logger = logging.getLogger(__name__)


class Deliverer:
    """The delivery of one process, for all platforms that are switched on.

    Args:
        app: The server, with Rasa's agent.

    """

    def __init__(self, app: Any) -> None:
        self._app = app
        self._platforms: dict[str, Platform] = {}
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._jobs: list[asyncio.Task[None]] = []
        self._room: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(AT_ONCE))

    def add(self, platform: Platform) -> None:
        """Deliver to a platform as well."""
        self._platforms[platform.name] = platform

    async def start(self) -> None:
        """Begin; harmless when repeated."""
        if self._jobs:
            return
        loop = asyncio.get_running_loop()
        self._jobs = [asyncio.create_task(self._look_always())]
        self.session = calls.session()

        def tell(conversation: str | None) -> None:
            loop.call_soon_threadsafe(self.tell, conversation)

        self._follower = Follower(database(), tell)
        await asyncio.to_thread(self._follower.start)

    async def leave(self, name: str) -> None:
        """Finish what is being sent to a platform, and end with the last one.

        What is left then is sent after the next start.
        """
        mine = [task for key, task in self._under_way.items() if key.partition(":")[0] == name]
        if mine:
            await asyncio.wait(mine, timeout=environment().stop_seconds)
        self._platforms.pop(name, None)
        if self._platforms or not self._jobs:
            return
        for job in self._jobs:
            job.cancel()
        await asyncio.to_thread(self._follower.stop)
        await self.session.close()

    def tell(self, conversation: str | None) -> None:
        """Something may have been said in a conversation, or anywhere."""
        if conversation is None or conversation.partition(":")[0] not in self._platforms:
            return
        if conversation in self._under_way:
            self._again.add(conversation)
            return
        task = asyncio.create_task(self._deliver(conversation))
        self._under_way[conversation] = task
        task.add_done_callback(lambda _: self._ended(conversation))

    def _ended(self, conversation: str) -> None:
        del self._under_way[conversation]
        if conversation in self._again:
            self._again.discard(conversation)
            self.tell(conversation)

    async def _look_always(self) -> None:
        while True:
            with suppress(SQLAlchemyError):  # whoever needs the database says that it is away
                channels = tuple(self._platforms)
                at = datetime.now(UTC)
                for conversation in await _in_thread(deliveries.behind, database(), channels, at):
                    self.tell(conversation)
            await asyncio.sleep(LOOK_SECONDS)

    async def _deliver(self, conversation: str) -> None:
        """Send all that a conversation has waiting, until there is none or it has to wait longer."""
        platform = self._platforms[conversation.partition(":")[0]]
        try:
            async with self._room[platform.name], self._lock(conversation):
                render = _rendering(platform)
                await _in_thread(deliveries.fill, database(), conversation, render, datetime.now(UTC))
                while platform.name in self._platforms and await self._send_next(platform, conversation):
                    pass
        except (SQLAlchemyError, Unavailable) as error:
            logger.error("A delivery waits for the database: %s", type(error).__name__)  # noqa: TRY400
        except Exception:
            logger.exception("A delivery failed; it is tried again.")

    def _lock(self, conversation: str) -> Any:
        """Return the lock of a conversation's delivery, of the agent that is loaded now."""
        return self._app.ctx.agent.lock_store.lock(f"delivery {conversation}")

    async def _send_next(self, platform: Platform, conversation: str) -> bool:
        """Send the oldest message; return whether the next one may be looked at."""
        one = await _in_thread(deliveries.next_of, database(), conversation)
        if one is None:
            return False
        pause = (one.next_try_at - datetime.now(UTC)).total_seconds()
        if pause > 0:
            asyncio.get_running_loop().call_later(pause, self.tell, conversation)
            return False
        plan = await _in_thread(reach.plan, database(), platform, conversation, one)
        if plan.content is None or plan.to is None:
            await _in_thread(self._give_up, platform, conversation, one, plan.state, plan.why)
            return True
        try:
            platform_id = await platform.send(self.session, plan.to, plan.content)
        except NotNow as later:
            return await self._later(platform, conversation, one, later)
        except Never as refusal:
            if refusal.stopped:
                await _in_thread(intake.stop, database(), conversation, True)
            await _in_thread(self._give_up, platform, conversation, one, FAILED, str(refusal))
            return True
        await self._note_sent(one, platform_id)
        return True

    @staticmethod
    async def _note_sent(one: Due, platform_id: str) -> None:
        """Note that a message was taken, and not give up easily: what is not noted is sent again."""
        for pause in NOTING:
            with suppress(SQLAlchemyError):
                await _in_thread(deliveries.sent, database(), one, platform_id, datetime.now(UTC))
                return
            await asyncio.sleep(pause)
        await _in_thread(deliveries.sent, database(), one, platform_id, datetime.now(UTC))

    async def _later(self, platform: Platform, conversation: str, one: Due, later: NotNow) -> bool:
        """Put a message off, or give it up after a day; the ones behind it wait as well."""
        at = datetime.now(UTC)
        if at - one.created_at > GIVE_UP:
            await _in_thread(self._give_up, platform, conversation, one, FAILED, str(later))
            return True
        pause = later.seconds
        if pause is None:
            pause = min(FIRST_PAUSE * 2 ** min(one.attempts, 20), LONGEST_PAUSE)
        until = at + timedelta(seconds=pause)
        await _in_thread(deliveries.postpone, database(), one, until, str(later))
        asyncio.get_running_loop().call_later(pause, self.tell, conversation)
        return False

    @staticmethod
    def _give_up(platform: Platform, conversation: str, one: Due, state: str, why: str) -> None:
        """Tell the staff, unless the person wants no message, and give it up: no note is lost in between."""
        if state != STOPPED:
            logger.warning("%s: a message was not delivered: %s", platform.name, why)
            reach.note_for_staff(database(), platform, conversation, one.event_id, why)
        deliveries.settle(database(), one, state, why)


async def _in_thread(work: Callable[..., T], *arguments: Any) -> T:
    return await asyncio.get_running_loop().run_in_executor(_delivering, work, *arguments)


def _rendering(platform: Platform) -> Callable[[Said], list[dict[str, Any]]]:
    return lambda said: platform.rendered(spoken(said, clinic().name))


def deliverer_of(app: Any) -> Deliverer:
    """Return the delivery of this process, made when the first channel asks for it."""
    if not hasattr(app.ctx, "deliverer"):
        app.ctx.deliverer = Deliverer(app)
    deliverer: Deliverer = app.ctx.deliverer
    return deliverer


async def typing(session: aiohttp.ClientSession, platform: Platform, heard: list[Heard]) -> None:
    """Show each person that their message has come; where that fails nothing is lost."""
    for one in {one.chat: one for one in heard}.values():
        with suppress(NotNow, Never):
            await platform.show_typing(session, one)
