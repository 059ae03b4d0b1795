"""The booking form: reads the visitor's messages into slots and asks for what is missing."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import (
    booking_changes,
    booking_client,
    booking_hold,
    booking_notes,
    booking_wish,
    elsewhere,
    latest,
)
from clinic.booking import desk
from clinic.booking.diary import diary_of
from clinic.booking.model import SlotTaken
from clinic.booking.offers import Outcome
from clinic.booking.wording import say_time
from clinic.database import database
from clinic.settings import clinic, now

BUT = re.compile(r"\bbut\b", re.IGNORECASE)
ABOUT_TIMES = frozenset({"utter_faq/opening_hours"})  # which the offered times answer
PAST = re.compile(r"\b(?:had|was|were|did|got|went|been|ago|since)\b", re.IGNORECASE)
Slots = dict[str, Any]


def _as_extracted(slot: str) -> Callable[..., Slots]:
    """Return a validation that accepts what was extracted; rasa_sdk warns of a slot without one."""
    return lambda _self, value, *_: {slot: value}


class ValidateBookingForm(FormValidationAction):
    """Fills service, time, name, contact, the note and the final yes, in any order, corrections included."""

    def name(self) -> str:
        """See rasa_sdk.Action."""
        return "validate_booking_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[Any]:
        """Read the message, answer what it asks beside, and say what was noted though not asked for."""
        before = dict(tracker.slots)
        asks_too = _asks_too(tracker)
        found = CollectingDispatcher()
        events = await super().run(found, tracker, domain)
        slots = {event["name"]: event["value"] for event in events if event["event"] == "slot"}
        if asks_too and slots.keys() - {"requested_slot"}:
            for response in latest.answers(tracker):
                dispatcher.utter_message(response=response)
        dispatcher.messages.extend(found.messages)
        said = booking_client.newly_said(before, slots)
        if said:
            dispatcher.utter_message(response="utter_noted", what=", ".join(said))
        return events

    async def required_slots(
        self, domain_slots: list[str], dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[str]:
        """Return the form's slots and those behind the scenes; the yes is heard before anything changes."""
        others = [name for name in domain_slots if name != "booking_confirmed"]
        behind = ["client_email", "booking_for_another", "booking_wish"]
        return ["booking_confirmed", "booking_key", *others, *behind]

    async def next_requested_slot(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Any:
        """Leave the order of questions to Rasa's form, unless the booking is handed over."""
        form = domain["forms"]["booking_form"]["required_slots"]
        return elsewhere.next_question(tracker, form) if elsewhere.is_used() else None

    def extract_booking_key(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Slots:
        """Give each booking an idempotency key of its own."""
        return {} if tracker.get_slot("booking_key") else {"booking_key": str(uuid.uuid4())}

    def extract_booking_for_another(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Slots:
        """Notice that two people want to come: one is booked after the other."""
        known = tracker.get_slot("booking_for_another") or tracker.get_slot("moving_reference")
        if known or booking_notes.answered_now(tracker) or not booking_client.wants_two(tracker):
            return {}
        dispatcher.utter_message(response="utter_one_after_the_other")
        return {"booking_for_another": "wanted"}

    def extract_booking_service(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Slots:
        """Take the service that was named; a clinic with one service asks nothing."""
        services = clinic().services
        named = latest.entity(tracker, "service") if _answers(tracker, "booking_service") else None
        current, start = tracker.get_slot("booking_service"), tracker.get_slot("appointment_start")
        value = named or (services[0].name if len(services) == 1 else None)
        if not value or value == current or (current and tracker.get_slot("moving_reference")):
            return {}
        if not start:
            return {"booking_service": value}
        wish = booking_wish.exactly(booking_wish.value_of(tracker), start)
        return {"booking_service": value, "appointment_start": None, "booking_wish": wish}

    async def extract_appointment_start(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Slots:
        """Lay what was just said of days and times over the wish so far, and look for the slot."""
        answers = _answers(tracker, "appointment_start")
        said = latest.entity(tracker, "time") if answers else None
        before = booking_wish.value_of(tracker)
        if said and said["problem"]:
            if said["problem"] != "contradiction":  # of that the form's question speaks
                dispatcher.utter_message(response=f"utter_day_{said['problem']}")
            return {"appointment_start": None, "booking_wish": booking_wish.without_day(before, said)}
        if booking_changes.is_wrong(tracker, "appointment_start"):
            return {"appointment_start": None, "booking_wish": booking_changes.reopened(tracker, before)}
        start = booking_wish.chosen(tracker, before, said)
        if start:
            if not said and len(before["offered"]) > 1 and latest.is_yes(tracker):
                when = say_time(datetime.fromisoformat(start), clinic().zone)
                dispatcher.utter_message(response="utter_taking_the_first", when=when)
            after = booking_wish.exactly(before, start) | {"unasked": False}
            return {"appointment_start": start, "booking_wish": after}
        after = booking_wish.heard(tracker, before, said) if answers else before
        if not tracker.get_slot("booking_service"):
            return {} if after is before else {"booking_wish": after}
        return await self._find(tracker, after) if after["unasked"] else {}

    async def _find(self, tracker: Tracker, value: Slots) -> Slots:
        """Return the appointment's start when the wish is one free time."""
        found = await asyncio.to_thread(
            desk.offers_for,
            database(),
            diary_of(clinic()),
            tracker.get_slot("booking_service"),
            booking_wish.wish_of(value),
            now(),
            hold=tracker.get_slot("booking_key"),
            moving=tracker.get_slot("moving_reference"),
        )
        start = found.slots[0].start.isoformat() if found.outcome is Outcome.EXACT else None
        return {"booking_wish": value | {"unasked": False}, "appointment_start": start}

    async def extract_client_name(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Slots:
        """Take a name that was said outright or given when asked."""
        return await _said_of_client(tracker, "client_name", latest.entity(tracker, "name"))

    async def extract_client_contact(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Slots:
        """Take a phone number or an e-mail address; of both the number is the contact."""
        return await _said_of_client(tracker, "client_contact", latest.contact(tracker))

    def extract_client_email(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Slots:
        """Keep an e-mail address apart: a phone number may stand beside it."""
        email = None if booking_notes.answered_now(tracker) else latest.entity(tracker, "email")
        return {"client_email": email} if email else {}

    def extract_booking_notes(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Slots:
        """Take what the visitor answers to the clinic's question, as it is; no question, no note."""
        if tracker.get_slot("booking_notes") is not None:
            return {}
        if not booking_notes.is_asked() or tracker.get_slot("moving_reference"):
            return {"booking_notes": ""}
        unsaid = not latest.text(tracker).strip() or booking_notes.asks_something_else(tracker)
        if not booking_notes.answered_now(tracker) or unsaid or booking_notes.is_bare_yes(tracker):
            return {}
        if latest.is_question(tracker) and latest.intent(tracker) == "faq":
            for response in latest.answers(tracker):
                dispatcher.utter_message(response=response)
        return {"booking_notes": booking_notes.note(tracker)}

    def extract_booking_wish(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Slots:
        """Keep what is said of one's health on the way, for the note."""
        said, value = booking_notes.volunteered(tracker), booking_wish.value_of(tracker)
        if not said or said in value.get("health", []):
            return {}
        dispatcher.utter_message(response="utter_noted_for_practitioner")
        return {"booking_wish": value | {"health": [*value.get("health", []), said]}}

    def extract_booking_confirmed(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Slots:
        """Take a yes only as the answer to the read-back, and not beside a correction."""
        if tracker.get_slot("requested_slot") != "booking_confirmed":
            return {}
        corrected = booking_changes.are_said(tracker)
        if latest.intent(tracker) == "deny" or corrected:
            return {"booking_confirmed": None}
        yes = latest.is_yes(tracker) or latest.intent(tracker) == "book"
        clear = latest.confidence(tracker) >= latest.CLEAR_YES and not BUT.search(latest.text(tracker))
        return {"booking_confirmed": True} if yes and clear else {}

    async def validate_appointment_start(
        self, value: str | None, dispatcher: Any, tracker: Tracker, domain: Any
    ) -> Slots:
        """Hold the time while the visitor types; one that has gone meanwhile is asked for again."""
        try:
            await asyncio.to_thread(booking_hold.hold, tracker, value)
        except SlotTaken:
            dispatcher.utter_message(response="utter_slot_gone")
            return {"appointment_start": None}
        return {"appointment_start": value}

    def validate_client_name(self, value: str | None, *_: Any) -> Slots:
        """Accept within the database's bounds."""
        return {"client_name": value and value[:200]}

    validate_booking_key = _as_extracted("booking_key")
    validate_booking_service = _as_extracted("booking_service")
    validate_booking_wish = _as_extracted("booking_wish")
    validate_client_contact = _as_extracted("client_contact")
    validate_client_email = _as_extracted("client_email")
    validate_booking_notes = _as_extracted("booking_notes")
    validate_booking_confirmed = _as_extracted("booking_confirmed")
    validate_booking_for_another = _as_extracted("booking_for_another")


def _answers(tracker: Tracker, slot: str) -> bool:
    """Say whether what the message names is meant for the booking, and not part of a question."""
    if booking_notes.answered_now(tracker):
        return False
    if latest.intent(tracker) != "faq":
        return True
    if tracker.get_slot("requested_slot") != slot:
        return False
    if slot == "appointment_start":
        said = latest.entity(tracker, "time") or {}
        return not PAST.search(latest.text(tracker)) and bool(said.get("first_day") or not said.get("shift"))
    return not latest.is_question(tracker)


def _asks_too(tracker: Tracker) -> bool:
    """Say whether a message that answers the form asks something else as well."""
    asked = latest.intent(tracker) == "faq" and not ABOUT_TIMES.issuperset(latest.answers(tracker))
    if not asked or tracker.get_slot("requested_slot") == "booking_notes":
        return False
    about_health = booking_notes.HEALTH.intersection(latest.answers(tracker))
    return bool(about_health or latest.QUESTION.search(latest.rest(tracker)))


async def _said_of_client(tracker: Tracker, slot: str, value: str | None) -> Slots:
    """Return the slot with what the message says of the client, the same as before included."""
    if booking_notes.answered_now(tracker) or tracker.get_slot("moving_reference"):
        return {}
    if value is None and booking_changes.is_wrong(tracker, slot):
        return {slot: None}
    value = await asyncio.to_thread(booking_client.same_as_before, tracker, slot) or value
    return {slot: value} if value else {}
