"""Sells the slot that the booking form has agreed on, or moves an appointment to it."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.confirmation import confirmation
from clinic.booking import store, taken
from clinic.booking.diary import diary_of
from clinic.booking.model import AppointmentNotFound, SlotTaken
from clinic.booking.records import Appointment, By, Client, changed_with, find
from clinic.booking.wording import say_time
from clinic.database import database
from clinic.settings import clinic, now

BOOKING_SLOTS = (
    "booking_service",
    "booking_wish",
    "appointment_start",
    "client_name",
    "client_contact",
    "booking_confirmed",
    "booking_key",
    "moving_reference",
)


def emptied() -> list[Any]:
    """Return the events that forget a booking in progress."""
    return [SlotSet(name, None) for name in BOOKING_SLOTS]


class ActionBook(Action):
    """The hand-over to clinic.booking: one call, and what came of it in words."""

    def name(self) -> str:
        """See rasa_sdk.Action."""
        return "action_book"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[Any]:
        """Store the appointment; a slot that has gone meanwhile is offered anew."""
        if not tracker.get_slot("booking_confirmed"):
            return []
        try:
            appointment = await asyncio.to_thread(_store, tracker)
        except SlotTaken:
            dispatcher.utter_message(response="utter_slot_gone")
            forget = [SlotSet("appointment_start", None), SlotSet("booking_confirmed", None)]
            return [*forget, SlotSet("booking_key", None), FollowupAction("booking_form")]
        except AppointmentNotFound:
            dispatcher.utter_message(response="utter_appointment_not_found")
            return emptied()
        moved = bool(tracker.get_slot("moving_reference"))
        dispatcher.utter_message(
            response="utter_appointment_moved" if moved else "utter_booked",
            service=appointment.service,
            when=say_time(appointment.slot.start, clinic().zone),
            practitioner=appointment.slot.practitioner,
            address_line=f"\n{clinic().address}" if clinic().address else "",
            reference=appointment.reference,
            **confirmation(tracker, appointment),
        )
        known = [("manage_reference", appointment.reference), ("manage_contact", appointment.client.contact)]
        return [*emptied(), *(SlotSet(name, value) for name, value in known)]


def _store(tracker: Tracker) -> Appointment:
    """Book or move. Raises SlotTaken where nobody is free at that time any more."""
    diary, engine, by = diary_of(clinic()), database(), By(tracker.get_slot("booking_key"), now())
    made = changed_with(engine, by.key)
    if made:
        return made
    start = datetime.fromisoformat(tracker.get_slot("appointment_start"))
    service = diary.service(tracker.get_slot("booking_service"))
    moving = tracker.get_slot("moving_reference")
    busy = taken.busy(engine, by.now, by.now + diary.horizon * 2, now=by.now, hold=by.key, moving=moving)
    free = diary.free(service, start.astimezone(diary.zone).date(), busy, by.now)
    slot = next((slot for slot in free if slot.start == start), None)
    if slot is None:
        raise SlotTaken
    client = Client(tracker.get_slot("client_name"), tracker.get_slot("client_contact"))
    if moving:
        return store.move(engine, find(engine, moving, client.contact), slot, by)
    return store.book(engine, slot, service.name, client, by, conversation=tracker.sender_id)


class ActionLeaveForm(Action):
    """Leaves a form and forgets what was half done."""

    def name(self) -> str:
        """See rasa_sdk.Action."""
        return "action_leave_form"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[Any]:
        """Say that nothing was kept."""
        booking = tracker.active_loop_name == "booking_form"
        dispatcher.utter_message(response="utter_booking_cancelled_midway" if booking else "utter_stop")
        names = ("manage_task", "handoff_name", "handoff_contact", "handoff_message")
        return [*emptied(), *(SlotSet(name, None) for name in names)]
