"""Messages from a platform, answered one after the other in each conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from clinic.channels.answering import Answering, Handler
from clinic.channels.messaging import wording
from clinic.conversation import inbox
from clinic.conversation.aside import answer_aside
from clinic.conversation.inbox import Waiting
from clinic.database import database


class InOrder(Answering):
    """As Answering, in the order in which the messages were taken in, whichever process did that.

    Args:
        channel: The channel's name.
        handle: Rasa's handler of messages.
        tell: Called with a conversation when something was said in it.
        agent: Returns Rasa's agent.

    """

    def __init__(
        self, channel: str, handle: Handler, tell: Callable[[str], None], agent: Callable[[], Any]
    ) -> None:
        super().__init__(channel, handle, tell)
        self._agent = agent

    def go_on(self, conversation: str) -> None:
        """Answer what is unanswered in a conversation."""
        self._start(self._answer_all(conversation))

    async def _answer_all(self, conversation: str) -> None:
        while message := await asyncio.to_thread(inbox.take_next, database(), conversation):
            if not await self._process(message):
                return

    async def _take_up(self, *, alone: bool) -> None:
        if room := self._room_for():
            left = await asyncio.to_thread(inbox.left_in, database(), self._channel, alone=alone, most=room)
            for conversation in left:
                self.go_on(conversation)

    async def _answer(self, message: Waiting) -> bool:
        """Let Rasa answer words; whatever else came gets an answer of its own."""
        if message.kind is None:
            return await super()._answer(message)
        reply = wording.ANSWERS.get(message.kind, wording.ANSWERS["other"])
        shown = wording.shown(message.kind, message.words)
        await answer_aside(self._agent(), message, self._channel, shown, reply)
        return True
