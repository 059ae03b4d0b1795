"""What is changed in Rasa at run time: each patch with its reason and the test that needs it.

Imported by clinic.nlu, so that every Rasa command that trains or loads a model has the patches.
"""

from __future__ import annotations

import copy
import warnings
from typing import Any

from rasa.core.actions.action import ActionBotResponse, ActionRetrieveResponse, ActionSessionStart
from rasa.engine.caching import LocalTrainingCache
from rasa.engine.training.hooks import TrainingHook
from rasa.shared.core.events import Event

NOTICE = "utter_bot_notice"

_retrieve = ActionRetrieveResponse.run
_start = ActionSessionStart.run
_before, _after = TrainingHook.on_before_node, TrainingHook.on_after_node


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


def _no_fingerprint_before(self: TrainingHook, *arguments: Any, **named: Any) -> dict[str, Any]:
    """Spare the fingerprints of all examples before and after each component when nothing is cached.

    Stock Rasa computes them and then throws them away (RASA_MAX_CACHE_SIZE=0): 20 of 60 seconds here.
    Test: tests/test_rasa_patches.py::test_without_a_cache_training_takes_no_fingerprints.
    """
    return {"fingerprint_key": ""} if _caches_nothing(self) else _before(self, *arguments, **named)


def _no_fingerprint_after(self: TrainingHook, *arguments: Any, **named: Any) -> None:
    if not _caches_nothing(self):
        _after(self, *arguments, **named)


def _caches_nothing(hook: TrainingHook) -> bool:
    return isinstance(hook._cache, LocalTrainingCache) and hook._cache._is_disabled()


def apply() -> None:
    """Apply all patches (harmless when repeated)."""
    ActionRetrieveResponse.run = _answer_every_question
    ActionSessionStart.run = _say_that_it_is_a_bot
    TrainingHook.on_before_node = _no_fingerprint_before
    TrainingHook.on_after_node = _no_fingerprint_after
    # TopicClassifier does the response selection; Rasa looks for its own class only.
    warnings.filterwarnings(
        "ignore", message="You have defined training data with examples for training a resp"
    )


apply()
