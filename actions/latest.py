"""What the visitor's latest message holds, as actions need it."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker

QUESTION = re.compile(
    r"\?|^\W*(?:how|what|when|where|who|why|which|is|are|do|does|can|could|will|would|should|any)\b",
    re.IGNORECASE,
)


def intent(tracker: Tracker) -> str:
    """Return the latest intent's name."""
    return tracker.get_intent_of_latest_message(skip_fallback_intent=False) or ""


def entity(tracker: Tracker, *names: str) -> Any:
    """Return the value of the first entity of the first of these names, or None."""
    for name in names:
        value = next(tracker.get_latest_entity_values(name), None)
        if value is not None:
            return value
    return None


def contact(tracker: Tracker) -> str | None:
    """Return the phone number or e-mail address in the latest message."""
    return entity(tracker, "phone", "email")


def text(tracker: Tracker) -> str:
    """Return the latest message's text."""
    return tracker.latest_message.get("text") or ""


def news(tracker: Tracker, slot: str, value: Any) -> dict[str, Any]:
    """Return the slot with its value when that is new, or the answer to the form's question."""
    asked = tracker.get_slot("requested_slot") == slot
    return {slot: value} if value and (asked or value != tracker.get_slot(slot)) else {}


def confidence(tracker: Tracker) -> float:
    """Return how sure the latest intent is, from 0 to 1."""
    return float((tracker.latest_message.get("intent") or {}).get("confidence") or 0.0)


def is_question(tracker: Tracker) -> bool:
    """Say whether the latest message asks something, by its form."""
    return bool(QUESTION.search(text(tracker)))


def replies_before(tracker: Tracker) -> set[str]:
    """Return the names of the responses to the visitor's message before the latest."""
    said = [number for number, event in enumerate(tracker.events) if event["event"] == "user"]
    before, latest = [0, 0, *said][-2:]
    replies = (event for event in tracker.events[before:latest] if event["event"] == "bot")
    return {(event.get("metadata") or {}).get("utter_action", "") for event in replies}


def answers(tracker: Tracker) -> list[str]:
    """Return the responses that answer the latest message's faq questions, in order."""
    selection = tracker.latest_message.get("response_selector", {}).get("faq", {})
    also = selection.get("also", [])
    first = [selection["response"]["utter_action"]] if intent(tracker) == "faq" else []
    return [*first, *also]
