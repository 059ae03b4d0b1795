"""What the assistant says beside Rasa's one answer a message: every question's answer, and who speaks."""

from __future__ import annotations

import copy
import warnings
from typing import Any

from rasa.core.actions.action import ActionBotResponse, ActionRetrieveResponse, ActionSessionStart
from rasa.shared.core.events import Event

NOTICE = "utter_bot_notice"

_retrieve = ActionRetrieveResponse.run
_start = ActionSessionStart.run


async def _answer_every_question(
    self: ActionRetrieveResponse, output_channel: Any, nlg: Any, tracker: Any, domain: Any
) -> list[Event]:
    """Answer each question of a message (RasaHQ/rasa#374, #5090): stock Rasa answers one.

    Test: tests/server/test_conversations.py::test_two_questions_get_two_answers.
    """
    events = list(await _retrieve(self, output_channel, nlg, tracker, domain))
    selection = tracker.latest_message.parse_data.get("response_selector", {})
    for also in selection.get(self.intent_name_from_action(self.action_name), {}).get("also", []):
        events += await ActionBotResponse(also).run(output_channel, nlg, tracker, domain)
    return events


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
    ActionRetrieveResponse.run = _answer_every_question
    ActionSessionStart.run = _say_that_it_is_a_bot
    # TopicClassifier does the response selection; Rasa looks for its own class only.
    warnings.filterwarnings(
        "ignore", message="You have defined training data with examples for training a resp"
    )
