"""The clinic's own question before a booking: the answer is noted word for word and never judged."""

from __future__ import annotations

import re

from rasa_sdk import Tracker

from actions import booking_wish, latest
from clinic.settings import clinic

LONGEST_NOTE = 500
ABOUT_ME = re.compile(r"\b(?:i|i.?m|i.?ve|my|me)\b", re.IGNORECASE)
HEALTH = frozenset(f"utter_faq/{name}" for name in ("pregnancy", "medication", "combining_treatments"))
CHANGES = re.compile(
    r"\b(?:make (?:it|that)|change|move|switch|swap|instead|can (?:we|i) do|could (?:we|i) do)\b",
    re.IGNORECASE,
)
WORDS_OF_A_YES = 2


def answered_now(tracker: Tracker) -> bool:
    """Say whether the message answers the clinic's question: its days and names are then no wish."""
    if tracker.get_slot("requested_slot") != "booking_notes":
        return False
    corrected = latest.entity(tracker, "time", "service", "phone", "email", "name")
    return not (corrected and CHANGES.search(latest.text(tracker)))


def asks_something_else(tracker: Tracker) -> bool:
    """Say whether the message asks something that is not about the visitor: "why do you ask?"."""
    return latest.is_question(tracker) and not ABOUT_ME.search(latest.text(tracker))


def asks_why(tracker: Tracker) -> bool:
    """Say whether the message asks what the clinic wants to know this for, and who reads it."""
    return "utter_faq/privacy" in latest.answers(tracker)


def is_bare_yes(tracker: Tracker) -> bool:
    """Say whether somebody only says that there is something to be noted."""
    return latest.is_yes(tracker) and len(latest.text(tracker).split()) <= WORDS_OF_A_YES


def note(tracker: Tracker) -> str:
    """Return what to note: the answer, after what was said of one's health earlier in the booking."""
    said = [*booking_wish.value_of(tracker).get("health", []), latest.text(tracker).strip()]
    return "\n".join(said)[:LONGEST_NOTE]


def is_asked() -> bool:
    """Say whether this clinic asks anything."""
    return bool(clinic().booking.question)


def volunteered(tracker: Tracker) -> str | None:
    """Return what the message says of the visitor's own health, where the clinic asks for it, or None."""
    unasked = is_asked() and not tracker.get_slot("moving_reference") and not answered_now(tracker)
    text = latest.text(tracker).strip()
    told = HEALTH.intersection([*latest.answers(tracker), *latest.also(tracker)])
    about_health = told and ABOUT_ME.search(text)
    return text[:LONGEST_NOTE] if unasked and about_health else None
