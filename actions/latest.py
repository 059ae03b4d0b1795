"""What the visitor's latest message holds, as actions need it."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker

QUESTION = re.compile(
    r"\?|^\W*(?:how|what|when|where|who|why|which|is|are|do|does|can|could|will|would|should|any)\b",
    re.IGNORECASE,
)
WISHES = frozenset({"book", "reschedule", "cancel_booking", "booking_status", "human_handoff"})
CLEAR_YES = 0.7  # how sure a yes is that counts: "erm" is none
THUMBS_UP = re.compile(r"^\W*[👍👌✅✔🙌💯]\W*$")


def intent(tracker: Tracker) -> str:
    """Return the latest intent's name: what was decided, which may not be the first of the ranking."""
    return (tracker.latest_message.get("intent") or {}).get("name") or ""


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


def is_yes(tracker: Tracker) -> bool:
    """Say whether the latest message is a yes, in words or as a thumb."""
    return intent(tracker) == "affirm" or bool(THUMBS_UP.search(text(tracker)))


def is_question(tracker: Tracker) -> bool:
    """Say whether the latest message asks something, by its form."""
    return bool(QUESTION.search(text(tracker)))


def replies_before(tracker: Tracker) -> set[str]:
    """Return the names of the responses to the visitor's message before the latest."""
    said = [number for number, event in enumerate(tracker.events) if event["event"] == "user"]
    before, latest = [0, 0, *said][-2:]
    replies = (event for event in tracker.events[before:latest] if event["event"] == "bot")
    return {(event.get("metadata") or {}).get("utter_action", "") for event in replies}


def was_said_before(tracker: Tracker, *responses: str) -> bool:
    """Say whether one of these responses answered the visitor's message before the latest."""
    return not replies_before(tracker).isdisjoint(responses)


def rest(tracker: Tracker) -> str:
    """Return the latest message's text without the entities found in it."""
    words = text(tracker)
    for entity in tracker.latest_message.get("entities") or []:
        start, end = entity["start"], entity["end"]
        words = words[:start] + " " * (end - start) + words[end:]
    return words.strip()


def answers(tracker: Tracker) -> list[str]:
    """Return the responses that an action says to the latest message, in order: none to a wish."""
    name = intent(tracker)
    if name in WISHES:
        return []
    selection = tracker.latest_message.get("response_selector", {}).get("faq", {})
    first = selection["response"]["utter_action"] if name == "faq" else f"utter_{name}"
    return [first, *also(tracker)]


def also(tracker: Tracker) -> list[str]:
    """Return the responses to what the latest message asks beside its intent."""
    return list(tracker.latest_message.get("response_selector", {}).get("faq", {}).get("also", []))
