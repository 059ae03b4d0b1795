"""Sells the slot that the booking form has agreed on, or moves an appointment to it."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import booking_wish, elsewhere
from actions.confirmation import confirmation
from clinic.booking import desk, store
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
    "client_email",
    "booking_notes",
    "booking_confirmed",
    "booking_key",
    "booking_for_another",
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
        if not elsewhere.is_used() and not tracker.get_slot("booking_confirmed"):
            return []
        try:
            if elsewhere.is_used():
                await elsewhere.hand_over(dispatcher, tracker)
                return emptied()
            appointment = await asyncio.to_thread(_store, tracker)
        except SlotTaken:
            dispatcher.utter_message(response="utter_slot_gone")
            return [*_asked_again(tracker), FollowupAction("booking_form")]
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
        return [
            *emptied(),
            *(SlotSet(name, value) for name, value in known),
            *_for_another(dispatcher, tracker, appointment),
        ]


def _asked_again(tracker: Tracker) -> list[Any]:
    """Return the events that let the form offer times near the one that has gone."""
    near = booking_wish.exactly(booking_wish.value_of(tracker), tracker.get_slot("appointment_start"))
    forgotten = [SlotSet(name, None) for name in ("appointment_start", "booking_confirmed", "booking_key")]
    return [*forgotten, SlotSet("booking_wish", near | {"unasked": False})]


def _for_another(dispatcher: CollectingDispatcher, tracker: Tracker, first: Appointment) -> list[Any]:
    """Return the events that begin the second of two people's bookings on the same day, when wanted."""
    if not tracker.get_slot("booking_for_another"):
        return []
    dispatcher.utter_message(response="utter_now_the_other")
    kept = ("booking_service", "client_contact", "client_email")
    wish = booking_wish.same_day(first.slot.start)
    return [
        *(SlotSet(name, tracker.get_slot(name)) for name in kept),
        SlotSet("booking_wish", wish),
        FollowupAction("booking_form"),
    ]


def _store(tracker: Tracker) -> Appointment:
    """Book or move. Raises SlotTaken where nobody is free at that time any more."""
    diary, engine, by = diary_of(clinic()), database(), By(tracker.get_slot("booking_key"), now())
    made = changed_with(engine, by.key)
    if made:
        return made
    moving = tracker.get_slot("moving_reference")
    slot = desk.slot_at(
        engine,
        diary,
        tracker.get_slot("booking_service"),
        datetime.fromisoformat(tracker.get_slot("appointment_start")),
        by.now,
        practitioner=booking_wish.wish_of(booking_wish.value_of(tracker)).practitioner,
        hold=by.key,
        moving=moving,
    )
    if moving:
        return store.move(engine, find(engine, moving, tracker.get_slot("client_contact")), slot, by)
    return store.book(
        engine,
        slot,
        tracker.get_slot("booking_service"),
        Client(*map(tracker.get_slot, ("client_name", "client_contact", "client_email"))),
        by,
        conversation=tracker.sender_id,
        notes=tracker.get_slot("booking_notes") or None,
    )


class ActionLeaveForm(Action):
    """Leaves a form and forgets what was half done."""

    def name(self) -> str:
        """See rasa_sdk.Action."""
        return "action_leave_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[Any]:
        """Say that nothing was kept, or that the appointment stays where it was."""
        if tracker.get_slot("booking_key"):
            await asyncio.to_thread(store.release, database(), tracker.get_slot("booking_key"))
        _say_what_remains(dispatcher, tracker)
        names = ("manage_task", "handoff_name", "handoff_contact", "handoff_message")
        return [*emptied(), *(SlotSet(name, None) for name in names)]


def _say_what_remains(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    stays, reference = booking_wish.value_of(tracker).get("moved_from"), tracker.get_slot("moving_reference")
    if stays and reference:
        when = say_time(datetime.fromisoformat(stays), clinic().zone)
        dispatcher.utter_message(response="utter_appointment_kept", when=when, reference=reference)
        return
    booking = tracker.active_loop_name == "booking_form"
    dispatcher.utter_message(response="utter_booking_cancelled_midway" if booking else "utter_stop")
