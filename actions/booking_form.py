"""The booking form: reads the visitor's messages into slots and asks for what is missing."""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta
from typing import Any

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import latest
from actions.booking_questions import offers_for
from clinic.booking.model import Wish
from clinic.booking.offers import Outcome
from clinic.settings import clinic

ORDINAL = re.compile(
    r"\b(?:(first|1st)|(second|2nd|middle)|(third|3rd|last))\b(?: one| time| slot)?", re.IGNORECASE
)
CLEAR_YES = 0.7  # "erm" is no yes
Slots = dict[str, Any]


class ValidateBookingForm(FormValidationAction):
    """Fills service, time, name, contact and the final yes, in any order, corrections included."""

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
        return ["booking_key", *domain_slots, "booking_wish"]

    async def next_requested_slot(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> None:
        """Leave the order of questions to Rasa's form."""

    def extract_booking_key(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Slots:
        """Give each booking an idempotency key of its own."""
        return {} if tracker.get_slot("booking_key") else {"booking_key": str(uuid.uuid4())}

    def extract_booking_service(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Slots:
        """Take the service that was named; a clinic with one service asks nothing."""
        services = clinic().services
        named = latest.entity(tracker, "service") if _answers(tracker, "booking_service") else None
        current = tracker.get_slot("booking_service")
        value = named or (services[0].name if len(services) == 1 else None)
        if not value or value == current or (current and tracker.get_slot("moving_reference")):
            return {}
        return {"booking_service": value} | ({"appointment_start": None} if current else {})

    async def extract_appointment_start(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Slots:
        """Lay what was just said of days and times over the wish so far, and look for the slot."""
        said = latest.entity(tracker, "time") if _answers(tracker, "appointment_start") else None
        stored = tracker.get_slot("booking_wish") or latest.NO_WISH
        if said and said["problem"]:
            dispatcher.utter_message(response=f"utter_day_{said['problem']}")
            return {"appointment_start": None, "booking_wish": stored}
        chosen = _chosen(tracker, stored)
        if chosen:
            return {"appointment_start": chosen, "booking_wish": stored}
        wish = stored
        if said and said != stored.get("said"):
            wish = _stored(latest.wish(stored).then(latest.wish(said)), said, stored)
        if not tracker.get_slot("booking_service"):
            return {} if wish is stored else {"booking_wish": wish}
        return await self._find(tracker, wish, changed=wish is not stored)

    async def _find(self, tracker: Tracker, wish: Slots, *, changed: bool) -> Slots:
        """Return the appointment's start when the wish is one free time."""
        pending = tracker.get_slot("appointment_start") is None and wish.get("unasked")
        if not changed and not pending:
            return {}
        found = await offers_for(tracker.get_slot("booking_service"), latest.wish(wish))
        start = found.slots[0].start.isoformat() if found.outcome is Outcome.EXACT else None
        return {"booking_wish": wish | {"unasked": False}, "appointment_start": start}

    def extract_client_name(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Slots:
        """Take a name that was said outright or given when asked."""
        name = latest.entity(tracker, "name")
        return latest.news(tracker, "client_name", name)

    def extract_client_contact(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Slots:
        """Take a phone number or an e-mail address."""
        contact = latest.contact(tracker)
        return latest.news(tracker, "client_contact", contact)

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

    def validate_booking_key(self, value: Any, *_: Any) -> Slots:
        """Accept as extracted."""
        return {"booking_key": value}

    def validate_booking_service(self, value: Any, *_: Any) -> Slots:
        """Accept as extracted."""
        return {"booking_service": value}

    def validate_appointment_start(self, value: Any, *_: Any) -> Slots:
        """Accept as extracted; whether it is still free is decided when it is sold."""
        return {"appointment_start": value}

    def validate_booking_wish(self, value: Any, *_: Any) -> Slots:
        """Accept as extracted."""
        return {"booking_wish": value}

    def validate_client_name(self, value: str, *_: Any) -> Slots:
        """Accept as extracted, within the database's bounds."""
        return {"client_name": value[:200]}

    def validate_client_contact(self, value: Any, *_: Any) -> Slots:
        """Accept as extracted."""
        return {"client_contact": value}

    def validate_booking_confirmed(self, value: Any, *_: Any) -> Slots:
        """Accept as extracted."""
        return {"booking_confirmed": value}


def _answers(tracker: Tracker, slot: str) -> bool:
    """Say whether what the message names is meant for the booking, and not part of a question."""
    if latest.intent(tracker) != "faq":
        return True
    asked = tracker.get_slot("requested_slot") == slot
    return asked and (slot == "appointment_start" or not latest.is_question(tracker))


def _chosen(tracker: Tracker, stored: Slots) -> str | None:
    """Return the offered time that "the second one" or a plain yes to a single offer means."""
    offered = stored.get("offered") or []
    if tracker.get_slot("requested_slot") != "appointment_start" or not offered:
        return None
    if latest.intent(tracker) == "affirm" and len(offered) == 1:
        return offered[0]
    match = ORDINAL.search(latest.text(tracker)) if not latest.entity(tracker, "time") else None
    if not match:
        return None
    index = next(number for number, group in enumerate(match.groups()) if group)
    return offered[-1] if match[3] else offered[min(index, len(offered) - 1)]


def _stored(wish: Wish, said: Slots, before: Slots) -> Slots:
    """Return a wish as a slot value; "later" and the like move it against what was offered."""
    value = {
        "first_day": wish.first_day.isoformat() if wish.first_day else None,
        "last_day": wish.last_day.isoformat() if wish.last_day else None,
        "earliest": wish.earliest.isoformat("minutes") if wish.earliest else None,
        "latest": wish.latest.isoformat("minutes") if wish.latest else None,
        "exact": wish.exact,
    }
    offered = [datetime.fromisoformat(at).astimezone(clinic().zone) for at in before.get("offered") or []]
    if said["shift"] and offered:
        value |= _shifted(said["shift"], offered)
    return value | {"said": said, "unasked": True, "offered": before.get("offered")}


def _shifted(shift: str, offered: list[datetime]) -> Slots:
    first, last = offered[0], offered[-1]
    if shift == "other_day":
        day = (last.date() + timedelta(days=1)).isoformat()
        return {"first_day": day, "last_day": None}
    if shift == "later":
        return {"earliest": (last + timedelta(minutes=1)).strftime("%H:%M"), "latest": None, "exact": False}
    return {"earliest": None, "latest": (first - timedelta(minutes=1)).strftime("%H:%M"), "exact": False}
