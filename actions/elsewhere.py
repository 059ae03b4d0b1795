"""Hands a booking over to where the clinic keeps its appointments: a page of its own, or Cal.com."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from clinic.booking import handoff
from clinic.booking.handoff import ElsewhereAway, PerhapsBooked
from clinic.booking.records import Client
from clinic.booking.wording import say_time
from clinic.settings import clinic
from clinic.settings.wording import contact

REQUESTED = "requested_slot"


def is_used() -> bool:
    """Say whether this clinic keeps its appointments elsewhere."""
    return clinic().booking.handoff is not None


def next_question(tracker: Tracker, form: list[str]) -> Any:
    """Return the event that asks for the first thing that is still missing, or ends the form."""
    wanted = handoff.asked(clinic(), form, tracker.get_slot("client_contact"))
    return SlotSet(REQUESTED, next((slot for slot in wanted if tracker.get_slot(slot) is None), None))


async def hand_over(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """Give the link, or book in Cal.com, and say what came of it.

    Raises:
        SlotTaken: the time has gone meanwhile.

    """
    link = handoff.link(clinic(), tracker.current_slot_values())
    if link:
        dispatcher.utter_message(response="utter_elsewhere_link", link=link)
        return
    if not tracker.get_slot("booking_confirmed"):
        return
    line = contact(clinic())
    words = {
        "service": tracker.get_slot("booking_service"),
        "when": say_time(_start(tracker), clinic().zone),
        "contact_line": f" You can reach the clinic here: {line}" if line else "",
    }
    try:
        booking = await asyncio.to_thread(_book, tracker)
    except ElsewhereAway:
        dispatcher.utter_message(response="utter_elsewhere_away", **words)
    except PerhapsBooked:
        dispatcher.utter_message(response="utter_elsewhere_unknown", **words)
    else:
        response = "utter_elsewhere_pending" if booking.pending else "utter_elsewhere_booked"
        dispatcher.utter_message(response=response, reference=booking.uid, **words)


def say_where(dispatcher: CollectingDispatcher) -> None:
    """Say where an appointment that exists can be looked up, moved or cancelled."""
    line = contact(clinic())
    dispatcher.utter_message(
        response="utter_elsewhere_manage",
        contact_line=f" You can reach the clinic here: {line}" if line else "",
    )


def _book(tracker: Tracker) -> Any:
    client = Client(*map(tracker.get_slot, ("client_name", "client_contact", "client_email")))
    key = tracker.get_slot("booking_key")
    return handoff.book(clinic(), tracker.get_slot("booking_service"), _start(tracker), client, key)


def _start(tracker: Tracker) -> datetime:
    return datetime.fromisoformat(tracker.get_slot("appointment_start"))
