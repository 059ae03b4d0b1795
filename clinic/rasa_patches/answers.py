"""What the assistant says though no story has it: who speaks."""

from __future__ import annotations

import copy
import warnings
from typing import Any

from rasa.core.actions.action import ActionBotResponse, ActionSessionStart
from rasa.shared.core.events import Event

NOTICE = "utter_bot_notice"

_start = ActionSessionStart.run


async def _say_that_it_is_a_bot(
    self: ActionSessionStart, output_channel: Any, nlg: Any, tracker: Any, domain: Any
) -> list[Event]:
    """Begin every conversation by saying that this is a bot.

    A custom action_session_start would do so too, but the notice must not depend on the action
    server. Test: tests/server/test_conversations.py::test_every_conversation_starts_with_the_notice.
    """
    events = list(await _start(self, output_channel, nlg, tracker, domain))
    notice = await ActionBotResponse(NOTICE, silent_fail=True).run(
        output_channel, nlg, copy.copy(tracker), domain
    )
    return [*events[:-1], *notice, events[-1]]  # the last event is action_listen


def apply() -> None:
    """Apply the patches (harmless when repeated)."""
    ActionSessionStart.run = _say_that_it_is_a_bot
    # TopicClassifier does the response selection; Rasa looks for its own class only.
    warnings.filterwarnings(
        "ignore", message="You have defined training data with examples for training a resp"
    )
