"""The questions of the booking form: which service, when, and whether all is right."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import booking_client, booking_wish, latest
from clinic.booking import desk
from clinic.booking.diary import diary_of
from clinic.booking.model import Wish
from clinic.booking.offers import Offer, Outcome
from clinic.booking.records import Client
from clinic.booking.wording import say_day, say_short, say_time
from clinic.database import database
from clinic.settings import clinic, now


class AskBookingService(Action):
    """Asks which service, with the clinic's services as buttons."""

    def name(self) -> str:
        """See rasa_sdk.Action."""
        return "action_ask_booking_service"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[Any]:
        """Utter the question."""
        buttons = [{"title": s.name, "payload": s.name} for s in clinic().services]
        dispatcher.utter_message(response="utter_which_service", buttons=buttons)
        return []


class AskAppointmentStart(Action):
    """Offers free times that meet the wish best, and says why when they do not meet it."""

    def name(self) -> str:
        """See rasa_sdk.Action."""
        return "action_ask_appointment_start"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[Any]:
        """Utter the offer with a button for each time, and remember what was offered."""
        value = booking_wish.value_of(tracker)
        if value.get("which"):
            _ask_which_day(dispatcher, value["which"])
            return []
        wish = booking_wish.wish_of(value)
        found = await asyncio.to_thread(
            desk.offers_for,
            database(),
            diary_of(clinic()),
            tracker.get_slot("booking_service"),
            wish,
            now(),
            hold=tracker.get_slot("booking_key"),
            moving=tracker.get_slot("moving_reference"),
        )
        titles = [say_short(slot.start, clinic().zone) for slot in found.slots]
        dispatcher.utter_message(
            response=f"utter_offer_{_kind(found, wish)}",
            buttons=[{"title": title, "payload": title} for title in titles],
            **_named(wish),
            who=wish.practitioner or tracker.get_slot("booking_service"),
            **_choice(tracker, found),
        )
        offered = [slot.start.isoformat() for slot in found.slots]
        return [SlotSet("booking_wish", value | {"offered": offered, "unasked": False})]


class AskBookingNotes(Action):
    """Asks the clinic's own question; what is answered is noted for the practitioner and never judged."""

    def name(self) -> str:
        """See rasa_sdk.Action."""
        return "action_ask_booking_notes"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[Any]:
        """Utter the question of clinic.yml; after a bare yes, ask what it is."""
        if latest.is_yes(tracker) and latest.was_said_before(tracker, "utter_clinic_question"):
            dispatcher.utter_message(response="utter_what_to_note")
            return []
        dispatcher.utter_message(response="utter_clinic_question", question=clinic().booking.question)
        return []


class AskBookingConfirmed(Action):
    """Reads the booking back and asks for the yes."""

    def name(self) -> str:
        """See rasa_sdk.Action."""
        return "action_ask_booking_confirmed"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[Any]:
        """Utter the read-back, or ask what to change after a no."""
        read_back = ("utter_read_back", "utter_read_back_move", "utter_ask_change")
        if latest.intent(tracker) == "deny" and latest.was_said_before(tracker, *read_back):
            dispatcher.utter_message(response="utter_ask_change")
            return []
        start = datetime.fromisoformat(tracker.get_slot("appointment_start"))
        who = booking_wish.wish_of(booking_wish.value_of(tracker)).practitioner
        client = Client(*map(tracker.get_slot, ("client_name", "client_contact", "client_email")))
        dispatcher.utter_message(
            response="utter_read_back_move" if tracker.get_slot("moving_reference") else "utter_read_back",
            service=tracker.get_slot("booking_service"),
            when=say_time(start, clinic().zone) + (f" with {who}" if who else ""),
            client_name=client.name,
            client_contact=booking_client.contacts(client),
        )
        return []


def _choice(tracker: Tracker, found: Offer) -> dict[str, Any]:
    """Return the argument of ``utter_message`` that lets the widget show days and their times."""
    if tracker.get_latest_input_channel() != "widget" or not found.more:
        return {}
    slots = []
    for slot in found.more:
        title = say_short(slot.start, clinic().zone)
        slots.append(
            {"start": slot.start.astimezone(clinic().zone).isoformat(), "title": title, "payload": title}
        )
    return {"json_message": {"type": "slots", "slots": slots}}


def _ask_which_day(dispatcher: CollectingDispatcher, days: list[str]) -> None:
    """Ask which day is meant where date and weekday contradict each other; the date's own day comes first."""
    meant, *others = map(date.fromisoformat, days)
    titles = list(map(say_day, (meant, *others)))
    dispatcher.utter_message(
        response="utter_which_day",
        day=titles[0],
        other=titles[1],
        buttons=[{"title": title, "payload": title} for title in titles],
    )


def _kind(found: Offer, wish: Wish) -> str:
    if found.outcome in {Outcome.FREE, Outcome.EXACT}:
        return "first" if wish == Wish() else "free"
    return found.outcome.value


def _named(wish: Wish) -> dict[str, str]:
    """Return the placeholders of the offer's words."""
    diary = diary_of(clinic())
    day = say_day(wish.first_day) if wish.first_day else "that day"
    if wish.first_day and wish.last_day and wish.first_day != wish.last_day:
        day = f"{say_day(wish.first_day)} to {say_day(wish.last_day)}"
    wished = f"{wish.earliest:%H:%M}" if wish.exact and wish.earliest else "That time"
    if wish.exact and wish.first_day:
        wished = f"{say_day(wish.first_day)} at {wished}"
    return {"day": day, "wished": wished, "last_day": say_day(diary.last_day(now()))}
