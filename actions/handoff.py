"""Takes a message for a person: name, contact and one line, stored for the clinic's staff."""

from __future__ import annotations

import asyncio
from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import latest
from clinic.booking import store
from clinic.booking.records import Client
from clinic.database import database
from clinic.settings import clinic, now
from clinic.settings.wording import contact

Slots = dict[str, Any]
LONGEST_MESSAGE = 1000


class ValidateHandoffForm(FormValidationAction):
    """Fills name, contact and message."""

    def name(self) -> str:
        """See rasa_sdk.Action."""
        return "validate_handoff_form"

    def extract_handoff_name(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Slots:
        """Take a name."""
        value = latest.entity(tracker, "name")
        return latest.news(tracker, "handoff_name", value)

    def extract_handoff_contact(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Slots:
        """Take a phone number or an e-mail address."""
        value = latest.contact(tracker)
        return latest.news(tracker, "handoff_contact", value)

    def extract_handoff_message(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Slots:
        """Take whatever is said when asked what to pass on, but for stop."""
        asked = tracker.get_slot("requested_slot") == "handoff_message"
        if not asked or latest.intent(tracker) == "stop" or not latest.text(tracker).strip():
            return {}
        return {"handoff_message": latest.text(tracker)[:LONGEST_MESSAGE]}

    def validate_handoff_name(self, value: str, *_: Any) -> Slots:
        """Accept as extracted, within the database's bounds."""
        return {"handoff_name": value[:200]}

    def validate_handoff_contact(self, value: Any, *_: Any) -> Slots:
        """Accept as extracted."""
        return {"handoff_contact": value}

    def validate_handoff_message(self, value: Any, *_: Any) -> Slots:
        """Accept as extracted."""
        return {"handoff_message": value}


class ActionHandOff(Action):
    """Stores the request and says what happens next."""

    def name(self) -> str:
        """See rasa_sdk.Action."""
        return "action_hand_off"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[Any]:
        """Store once; a retry of the same turn stores nothing new."""
        client = Client(tracker.get_slot("handoff_name"), tracker.get_slot("handoff_contact"))
        key = f"{tracker.sender_id}:{tracker.latest_message.get('message_id')}"
        await asyncio.to_thread(
            store.ask_person,
            database(),
            client,
            tracker.get_slot("handoff_message"),
            key=key[:255],
            conversation=tracker.sender_id,
            now=now(),
        )
        line = contact(clinic())
        dispatcher.utter_message(
            response="utter_handoff_done", contact_line=f"\nIf it can't wait: {line}" if line else ""
        )
        return [SlotSet("handoff_message", None)]
