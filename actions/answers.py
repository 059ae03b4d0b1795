"""Answers that need to look at the conversation: questions inside a form, and messages not understood."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import latest

UNSURE = "nlu_fallback"
NOT_UNDERSTOOD = frozenset({"utter_no_answer", "utter_no_contact", "utter_no_reference", "utter_no_start"})
# Said inside a form these need no words of their own: the form's next question is the answer.
SILENT = frozenset(
    {"book", "reschedule", "cancel_booking", "booking_status", "human_handoff", "affirm", "deny"}
)


class ActionAnswer(Action):
    """Answers whatever came up in the middle of a form; the form then asks its question again."""

    def name(self) -> str:
        """See rasa_sdk.Action."""
        return "action_answer"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[Any]:
        """Utter the answers, or say kindly that the message was no answer to the question."""
        intent = latest.intent(tracker)
        if intent == "faq":
            for response in latest.answers(tracker):
                dispatcher.utter_message(response=response)
        elif intent in SILENT or intent in {UNSURE, "out_of_scope", "repeat"}:
            dispatcher.utter_message(response=_not_understood(tracker))
        else:
            dispatcher.utter_message(response=f"utter_{intent}")
        return []


def _not_understood(tracker: Tracker) -> str:
    """Return the response that helps with the slot asked for; a way out, the second time."""
    if latest.replies_before(tracker) & NOT_UNDERSTOOD:
        return "utter_no_answer_again"
    kind = (tracker.get_slot("requested_slot") or "").rpartition("_")[2]
    return f"utter_no_{kind}" if kind in {"contact", "reference", "start"} else "utter_no_answer"


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
