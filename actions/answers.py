"""Answers that need to look at the conversation: questions inside a form, and messages not understood."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import booking_client, booking_notes, latest

LOST = re.compile(
    r"\b(?:n.?t|not|no|lost|forg\w+|never|without|where|what)\b.*\b(?:ref\w*|it|one|code|number|know|idea|find|have)\b"
    r"|\b(?:lost|forg\w+)\b",
    re.IGNORECASE,
)
UNSURE = "nlu_fallback"
NOT_UNDERSTOOD = frozenset(
    {"utter_no_answer", "utter_no_contact", "utter_no_reference", "utter_no_start", "utter_no_notes"}
)
# Said inside a form these need no words of their own: the form's next question is the answer.
SILENT = latest.WISHES | {"affirm", "deny"}


class ActionAnswer(Action):
    """Answers whatever came up in the middle of a form; the form then asks its question again."""

    def name(self) -> str:
        """See rasa_sdk.Action."""
        return "action_answer"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[Any]:
        """Utter the answers, or say kindly that the message was no answer to the question."""
        intent = latest.intent(tracker)
        about_notes = tracker.get_slot("requested_slot") == "booking_notes"
        if tracker.active_loop_name == "booking_form" and booking_client.refuses(tracker):
            dispatcher.utter_message(response="utter_no_contact_wanted")
        elif about_notes and booking_notes.is_bare_yes(tracker):
            return []  # the form asks what to note
        elif about_notes and booking_notes.asks_why(tracker):
            dispatcher.utter_message(response="utter_no_notes")
        elif _does_not_know(tracker):
            dispatcher.utter_message(response=_not_understood(tracker))
        elif intent == "book" and tracker.active_loop_name == "booking_form":
            dispatcher.utter_message(response="utter_still_booking")
        elif intent in SILENT or intent in {UNSURE, "out_of_scope", "repeat"}:
            dispatcher.utter_message(response=_not_understood(tracker))
        else:
            for response in latest.answers(tracker):
                dispatcher.utter_message(response=response)
        return []


def _not_understood(tracker: Tracker) -> str:
    """Return the response that helps with the slot asked for; a way out, the second time."""
    if latest.was_said_before(tracker, *NOT_UNDERSTOOD, "utter_no_answer_again"):
        return "utter_no_answer_again"
    kind = (tracker.get_slot("requested_slot") or "").rpartition("_")[2]
    return f"utter_no_{kind}" if kind in {"contact", "reference", "start", "notes"} else "utter_no_answer"


def _does_not_know(tracker: Tracker) -> bool:
    """Say whether somebody does not have the reference that is asked for."""
    asked = tracker.get_slot("requested_slot") == "manage_reference"
    return asked and bool(LOST.search(latest.text(tracker)))


class ActionAskWhich(Action):
    """Offers the two likeliest questions as buttons; a person, when lost twice."""

    def name(self) -> str:
        """See rasa_sdk.Action."""
        return "action_ask_which"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[Any]:
        """Utter the question, or the offer of a person."""
        if "utter_not_sure" in latest.replies_before(tracker):
            dispatcher.utter_message(response="utter_lost")
            return []
        titles = tracker.latest_message.get("suggestions") or []
        titles = [*titles, "Talk to a person"]
        dispatcher.utter_message(
            response="utter_not_sure", buttons=[{"title": title, "payload": title} for title in titles]
        )
        return []
