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

from actions import booking_wish, elsewhere, latest
from clinic.booking import desk, store
from clinic.booking.diary import diary_of
from clinic.booking.model import SlotTaken
from clinic.booking.offers import Outcome
from clinic.booking.wording import say_time
from clinic.database import database
from clinic.settings import clinic, now

CLEAR_YES = 0.7  # "erm" is no yes
LONGEST_NOTE = 500
WHO = (
    r"(?:sister|brother|mum|mom|mam|mother|dad|father|daughter|son|friend|wife|husband|partner|boyfriend"
    r"|girlfriend|colleague|aunt|auntie|cousin|niece|gran|grandma|flatmate|neighbour)"
)
TWO_PEOPLE = re.compile(
    rf"\b(?:both of us|two of us|the 2 of us|(?:two|2) (?:people|persons|appointments)"
    rf"|(?:me|myself) (?:and|\+|&) (?:my|a) {WHO}|my {WHO} and (?:me|i|myself)"
    rf"|(?:and|then|also)(?: then| another| one| an appointment| again)* for my {WHO})\b",
    re.IGNORECASE,
)
ABOUT_ME = re.compile(r"\b(?:i|i.?m|i.?ve|my|me)\b", re.IGNORECASE)
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
        """Answer questions that came with the wish to book, then read the message."""
        if latest.intent(tracker) == "book":
            for response in latest.answers(tracker):
                dispatcher.utter_message(response=response)
        return await super().run(dispatcher, tracker, domain)

    async def required_slots(
        self, domain_slots: list[str], dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[str]:
        """Return the form's slots, with those behind the scenes first."""
        return ["booking_key", *domain_slots, "booking_wish", "client_email", "booking_for_another"]

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
        if known or _noting(tracker) or not TWO_PEOPLE.search(latest.text(tracker)):
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
            dispatcher.utter_message(response=f"utter_day_{said['problem']}")
            return {"appointment_start": None, "booking_wish": before}
        start = booking_wish.chosen(tracker, before, said)
        if start:
            if not said and len(before["offered"]) > 1 and latest.intent(tracker) == "affirm":
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

    def extract_client_name(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Slots:
        """Take a name that was said outright or given when asked."""
        if _noting(tracker) or tracker.get_slot("moving_reference"):
            return {}
        return latest.news(tracker, "client_name", latest.entity(tracker, "name"))

    def extract_client_contact(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Slots:
        """Take a phone number or an e-mail address; of both the number is the contact."""
        if _noting(tracker) or tracker.get_slot("moving_reference"):
            return {}
        return latest.news(tracker, "client_contact", latest.contact(tracker))

    def extract_client_email(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Slots:
        """Keep an e-mail address apart: a phone number may stand beside it."""
        email = None if _noting(tracker) else latest.entity(tracker, "email")
        return {"client_email": email} if email else {}

    def extract_booking_notes(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Slots:
        """Take what the visitor answers to the clinic's question, as it is; no question, no note."""
        if tracker.get_slot("booking_notes") is not None:
            return {}
        if not clinic().booking.question or tracker.get_slot("moving_reference"):
            return {"booking_notes": ""}
        text, asks = latest.text(tracker).strip(), latest.is_question(tracker)
        if not _noting(tracker) or not text or (asks and not ABOUT_ME.search(text)):
            return {}
        if asks:
            for response in latest.answers(tracker):
                dispatcher.utter_message(response=response)
        return {"booking_notes": text[:LONGEST_NOTE]}

    def extract_booking_confirmed(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Slots:
        """Take a yes only as the answer to the read-back, and not beside a correction."""
        if tracker.get_slot("requested_slot") != "booking_confirmed":
            return {}
        intent = latest.intent(tracker)
        corrected = latest.entity(tracker, "time", "name", "phone", "email", "service")
        clear = latest.confidence(tracker) >= CLEAR_YES
        if intent in {"affirm", "book"} and clear and not corrected:
            return {"booking_confirmed": True}
        return {"booking_confirmed": None} if intent == "deny" or corrected else {}

    async def validate_appointment_start(
        self, value: str | None, dispatcher: Any, tracker: Tracker, domain: Any
    ) -> Slots:
        """Hold the time while the visitor types; one that has gone meanwhile is asked for again."""
        try:
            await asyncio.to_thread(_hold, tracker, value)
        except SlotTaken:
            dispatcher.utter_message(response="utter_slot_gone")
            return {"appointment_start": None}
        return {"appointment_start": value}

    def validate_client_name(self, value: str, *_: Any) -> Slots:
        """Accept within the database's bounds."""
        return {"client_name": value[:200]}

    validate_booking_key = _as_extracted("booking_key")
    validate_booking_service = _as_extracted("booking_service")
    validate_booking_wish = _as_extracted("booking_wish")
    validate_client_contact = _as_extracted("client_contact")
    validate_client_email = _as_extracted("client_email")
    validate_booking_notes = _as_extracted("booking_notes")
    validate_booking_confirmed = _as_extracted("booking_confirmed")
    validate_booking_for_another = _as_extracted("booking_for_another")


def _noting(tracker: Tracker) -> bool:
    """Say whether the message answers the clinic's own question: its days and names are then no wish."""
    return tracker.get_slot("requested_slot") == "booking_notes"


def _answers(tracker: Tracker, slot: str) -> bool:
    """Say whether what the message names is meant for the booking, and not part of a question."""
    if _noting(tracker):
        return False
    if latest.intent(tracker) != "faq":
        return True
    asked = tracker.get_slot("requested_slot") == slot
    return asked and (slot == "appointment_start" or not latest.is_question(tracker))


def _hold(tracker: Tracker, start: str | None) -> None:
    """Hold the slot that starts then, or give the hold back. Raises SlotTaken."""
    if elsewhere.is_used():
        return  # nothing can be held there
    engine, key, at = database(), tracker.get_slot("booking_key"), now()
    moving = tracker.get_slot("moving_reference")
    if not start:
        store.release(engine, key)
        return
    slot = desk.slot_at(
        engine,
        diary_of(clinic()),
        tracker.get_slot("booking_service"),
        datetime.fromisoformat(start),
        at,
        practitioner=booking_wish.wish_of(booking_wish.value_of(tracker)).practitioner,
        hold=key,
        moving=moving,
    )
    store.hold(engine, slot, key, at, moving)
