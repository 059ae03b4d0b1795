"""An answer that needs no understanding: to a picture, a voice message, a wish for no more messages."""

from __future__ import annotations

from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, BotUttered, UserUttered

from clinic.conversation.inbox import AlreadyAnswered, Waiting
from clinic.conversation.turn import NOT_UNDERSTOOD

ASIDE = "utter_aside"


async def answer_aside(agent: Any, message: Waiting, channel: str, shown: str, reply: str) -> None:
    """Keep a message and its answer in the conversation, between two turns; a form stays as it was.

    Args:
        agent: Rasa's, with the lock and the conversation.
        message: What was taken in.
        channel: Its channel.
        shown: What the transcript shows of it.
        reply: The answer; empty where nothing needs to be said, or a person of the clinic is there.

    """
    async with agent.lock_store.lock(message.conversation):
        processor = agent.processor
        tracker = await processor.fetch_tracker_and_update_session(
            message.conversation, CollectingOutputChannel()
        )
        silent = tracker.is_paused()
        said = UserUttered(
            shown,
            NOT_UNDERSTOOD["intent"],
            NOT_UNDERSTOOD["entities"],
            NOT_UNDERSTOOD,
            input_channel=channel,
            message_id=message.message_id,
        )
        events = [said, ActionExecuted(ASIDE)]
        if reply and not silent:
            events.append(BotUttered(reply, metadata={"utter_action": ASIDE}))
        for event in [*events, ActionExecuted(ACTION_LISTEN_NAME)]:
            tracker.update(event, processor.domain)
        try:
            await processor.save_tracker(tracker)
        except AlreadyAnswered:
            return
