"""Messages that were taken in, on their way through Rasa: answered once, and never left without a word."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from sqlalchemy.exc import SQLAlchemyError

from clinic.conversation import history, inbox
from clinic.conversation.erasure import erase_chat
from clinic.conversation.inbox import AlreadyAnswered, Waiting
from clinic.conversation.trouble import Unavailable, apology
from clinic.database import database
from clinic.settings import environment, now

LEFT_SECONDS = 3.0  # between looks for messages that were left unanswered
AT_ONCE = 8  # messages in work: of fifty at once each would outlast the time that an action has
QUEUED = 2 * AT_ONCE  # nothing is taken up beyond these: another process may have room
logger = logging.getLogger(__name__)
Handler = Callable[[UserMessage], Awaitable[Any]]


class Answering:
    """The messages of one channel that this process has under way.

    Args:
        channel: The channel's name.
        handle: Rasa's handler of messages.
        tell: Called with a conversation when something was said in it.

    """

    def __init__(self, channel: str, handle: Handler, tell: Callable[[str], None]) -> None:
        self._channel, self._handle, self._tell = channel, handle, tell
        self._under_way: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(AT_ONCE)

    def begin(self, message: Waiting) -> None:
        """Answer a message that this process has claimed, beside others."""
        self._start(self._process(message))

    async def take_up_what_was_left(self) -> None:
        """Answer messages whose process died or whose database was away, as long as the server runs."""
        alone = database().dialect.name == "sqlite"  # whoever had them before this start is dead
        while True:
            try:
                await self._take_up(alone=alone)
                alone = False
            except SQLAlchemyError as error:
                logger.error("The database cannot be used: %s", type(error).__name__)  # noqa: TRY400
            await asyncio.sleep(LEFT_SECONDS)

    async def finish(self) -> None:
        """Let every message in flight be answered before the server stops."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=environment().stop_seconds)

    async def _take_up(self, *, alone: bool) -> None:
        if room := self._room_for():
            left = await asyncio.to_thread(inbox.take_up, database(), self._channel, alone=alone, most=room)
            for message in left:
                self.begin(message)

    def _room_for(self) -> int:
        """Return how many messages more this process can take up."""
        return max(0, QUEUED - len(self._under_way))

    def _start(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _process(self, message: Waiting) -> bool:
        """Answer a message, or say that it cannot be answered instead of staying silent.

        Returns:
            Whether it is answered; where it is not, it will be, by whoever takes it up.

        """
        try:
            if not await self._answer(message):
                return False
            await asyncio.to_thread(_leave_nothing_erased, message)
        except (Unavailable, SQLAlchemyError):
            logger.exception("The database cannot be used: a message is answered once it can.")
            return False
        except Exception:
            logger.exception("A message could not be processed.")
            await asyncio.to_thread(_apologise, message)
        finally:
            self._tell(message.conversation)
        return True

    async def _answer(self, message: Waiting) -> bool:
        """Let Rasa answer; its replies reach the visitor from the database.

        Returns:
            False where another process has taken the message up while it waited for its turn here.

        """
        said = UserMessage(
            message.words,
            CollectingOutputChannel(),
            message.conversation,
            input_channel=self._channel,
            message_id=message.message_id,
        )
        said.text = message.words  # Rasa strips it: a typed command, kept as words by its space, would run
        async with self._room:
            if not message.is_fresh and not await asyncio.to_thread(inbox.keep, database(), message):
                return False
            await self._handle(said)
        return True


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
