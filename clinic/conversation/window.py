"""Where loading a conversation begins, so that a message costs the same in the 400th turn as in the 5th.

A conversation is loaded from a mark on: the state there (slots, form, pause) as a few events that
make it, and what happened since. Every TURNS turns the next mark becomes the mark, so a tracker
always holds the last TURNS turns of the session at least, and twice as many at most.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    ConversationPaused,
    Event,
    FollowupAction,
    LoopInterrupted,
    SlotSet,
)
from rasa.shared.core.trackers import DialogueStateTracker

TURNS = 4  # as far back as follow-up questions and rules look


def state_of(tracker: DialogueStateTracker) -> str:
    """Return events, as JSON, that bring an empty tracker to the state of this one."""
    return json.dumps([event.as_dict() for event in _events(tracker)])


def _events(tracker: DialogueStateTracker) -> Iterator[Event]:
    yield ActionExecuted(tracker.latest_action_name or ACTION_LISTEN_NAME)
    for name, slot in tracker.slots.items():
        if slot.value != slot.initial_value:
            yield SlotSet(name, slot.value)
    loop = tracker.active_loop
    if loop is not None and loop.name:
        yield ActiveLoop(loop.name)
        if loop.is_interrupted:
            yield LoopInterrupted(True)
        if loop.rejected:
            yield ActionExecutionRejected(loop.name)
    if tracker.followup_action and tracker.followup_action != ACTION_LISTEN_NAME:
        yield FollowupAction(tracker.followup_action)
    if tracker.is_paused():
        yield ConversationPaused()


def moved(row: dict[str, Any], tracker: DialogueStateTracker, last_event: int) -> dict[str, Any]:
    """Return the columns of a conversation's marks after a turn, where they have changed."""
    if row["turns"] - row["next_turn"] < TURNS:
        return {}
    return {
        "loads_after": row["next_after"],
        "loads_state": row["next_state"],
        "next_after": last_event,
        "next_state": state_of(tracker),
        "next_turn": row["turns"],
    }


def begun(row: dict[str, Any], session_start: int) -> dict[str, Any]:
    """Return the columns of the marks when a session has started: nothing before it counts."""
    before = session_start - 1
    return {
        "loads_after": before,
        "loads_state": "[]",
        "next_after": before,
        "next_state": "[]",
        "next_turn": row["turns"],
    }
