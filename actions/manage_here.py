"""Whether an appointment's reminders and changes shall come in this chat: asked where they do not."""

from __future__ import annotations

import asyncio
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import latest
from clinic.booking.notify import joining
from clinic.booking.records import Appointment, find
from clinic.booking.wording import say_time
from clinic.conversation import joined
from clinic.database import database
from clinic.settings import clinic, now

SLOT = "manage_here"
YES, NO, LATER = "yes", "no", "later"
COMING = frozenset({"requested", "confirmed", "moved"})
TASKS = frozenset({"booking_status", "cancel_booking", "reschedule"})


def is_asked(tracker: Tracker, appointment: Appointment) -> bool:
    """Say whether somebody whose reference and contact open an appointment is asked about it."""
    coming = appointment.status in COMING and appointment.slot.start > now()
    return coming and joined.may_ask(database(), appointment.id, tracker.sender_id)


def answer(tracker: Tracker) -> str | None:
    """Return the answer in the latest message: YES, NO, or LATER where it goes on with something else.

    A yes is one only as the plain answer to the question; a message that names another appointment or
    contact is none.
    """
    if tracker.get_slot("requested_slot") != SLOT or _names_another(tracker):
        return None
    clear = latest.confidence(tracker) >= latest.CLEAR_YES and not latest.is_question(tracker)
    if latest.is_yes(tracker) and clear:
        return YES
    if latest.intent(tracker) == "deny":
        return NO
    return LATER if latest.intent(tracker) in TASKS or latest.entity(tracker, "time") else None


async def settle(dispatcher: CollectingDispatcher, tracker: Tracker, appointment: Appointment) -> None:
    """Keep a yes or a no, and say so; harmless when repeated."""
    said = tracker.get_slot(SLOT)
    if said not in {YES, NO} or not await asyncio.to_thread(is_asked, tracker, appointment):
        return
    agreed = said == YES
    conversation, at = tracker.sender_id, now()
    await asyncio.to_thread(
        joining.answered, database(), appointment, conversation, clinic(), at, agreed=agreed
    )
    dispatcher.utter_message(response="utter_told_here" if agreed else "utter_not_told_here")


class AskManageHere(Action):
    """Asks, naming the appointment."""

    def name(self) -> str:
        """See rasa_sdk.Action."""
        return "action_ask_manage_here"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[Any]:
        """Utter the question."""
        slots = map(tracker.get_slot, ("manage_reference", "manage_contact"))
        appointment = await asyncio.to_thread(find, database(), *slots)
        when = say_time(appointment.slot.start, clinic().zone)
        words = {"service": appointment.service, "when": when}
        dispatcher.utter_message(response="utter_tell_you_here", **words)
        return []


def _names_another(tracker: Tracker) -> bool:
    named = {
        "manage_reference": latest.entity(tracker, "reference"),
        "manage_contact": latest.contact(tracker),
    }
    return any(value not in {None, tracker.get_slot(slot)} for slot, value in named.items())
