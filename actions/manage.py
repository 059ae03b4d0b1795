"""Looks up, cancels or moves an appointment; only reference and contact together open it."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import booking_wish, elsewhere, latest, manage_here
from actions.booking import BOOKING_SLOTS
from clinic.booking import store
from clinic.booking.diary import diary_of
from clinic.booking.model import AppointmentNotFound
from clinic.booking.records import Appointment, By, find
from clinic.booking.wording import say_time
from clinic.database import database
from clinic.settings import clinic, now
from clinic.settings.wording import contact

TASKS = {"booking_status": "status", "cancel_booking": "cancel", "reschedule": "move"}
Slots = dict[str, Any]


class ValidateManageForm(FormValidationAction):
    """Fills the reference, the contact and, before cancelling, the yes."""

    def name(self) -> str:
        """See rasa_sdk.Action."""
        return "validate_manage_form"

    async def required_slots(
        self, domain_slots: list[str], dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[str]:
        """Ask for a yes only where there is something to be lost, or where to tell of the appointment."""
        more = await asyncio.to_thread(_also_asked, tracker)
        return ["manage_task", "booking_wish", *domain_slots, *more]

    async def next_requested_slot(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Any:
        """Ask nothing where appointments are kept elsewhere."""
        if elsewhere.is_used():
            return SlotSet(elsewhere.REQUESTED, None)
        return await super().next_requested_slot(dispatcher, tracker, domain)

    def extract_manage_task(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Slots:
        """Take the task from the intent that started the form, or from a change of mind.

        A reference or a contact alone sounds like a look-up; where it was asked for, it is only the answer.
        """
        task, before = TASKS.get(latest.intent(tracker)), tracker.get_slot("manage_task")
        answers = before and task == "status" and latest.entity(tracker, "reference", "phone", "email")
        return {"manage_task": task} if task and task != before and not answers else {}

    def extract_booking_wish(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Slots:
        """Keep the new time that was said at once ("can I move ABC-234 to monday?") until it is needed."""
        said = latest.entity(tracker, "time")
        moving = "move" in {tracker.get_slot("manage_task"), TASKS.get(latest.intent(tracker))}
        if not moving or not said or said["problem"]:
            return {} if tracker.get_slot("booking_wish") else {"booking_wish": booking_wish.NOTHING}
        return {"booking_wish": booking_wish.NOTHING | {"said": said}}

    def extract_manage_reference(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Slots:
        """Take a reference."""
        value = latest.entity(tracker, "reference")
        return latest.news(tracker, "manage_reference", value)

    def extract_manage_contact(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Slots:
        """Take a phone number or an e-mail address."""
        value = latest.contact(tracker)
        return latest.news(tracker, "manage_contact", value)

    def extract_manage_confirmed(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Slots:
        """Take a yes or no as the answer to the question."""
        if tracker.get_slot("requested_slot") != "manage_confirmed":
            return {}
        intent = "affirm" if latest.is_yes(tracker) else latest.intent(tracker)
        answer = {"affirm": True, "cancel_booking": True, "deny": False}.get(intent)
        return {} if answer is None else {"manage_confirmed": answer}

    def extract_manage_here(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Slots:
        """Take the answer to the question whether to be told in this chat."""
        said = manage_here.answer(tracker)
        return {manage_here.SLOT: said} if said else {}

    def validate_booking_wish(self, value: Any, *_: Any) -> Slots:
        """Accept as extracted."""
        return {"booking_wish": value}

    def validate_manage_task(self, value: Any, *_: Any) -> Slots:
        """Accept as extracted."""
        return {"manage_task": value}

    def validate_manage_reference(self, value: Any, *_: Any) -> Slots:
        """Accept as extracted."""
        return {"manage_reference": value}

    def validate_manage_contact(self, value: Any, *_: Any) -> Slots:
        """Accept as extracted."""
        return {"manage_contact": value}

    def validate_manage_confirmed(self, value: Any, *_: Any) -> Slots:
        """Accept as extracted."""
        return {"manage_confirmed": value}

    def validate_manage_here(self, value: Any, *_: Any) -> Slots:
        """Accept as extracted."""
        return {"manage_here": value}


class AskManageConfirmed(Action):
    """Asks whether to cancel, naming the appointment."""

    def name(self) -> str:
        """See rasa_sdk.Action."""
        return "action_ask_manage_confirmed"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[Any]:
        """Utter the question."""
        appointment = await asyncio.to_thread(_find, tracker)
        dispatcher.utter_message(response="utter_really_cancel", **_words(appointment))
        return []


class ActionManage(Action):
    """Does what was asked with the appointment that was found."""

    def name(self) -> str:
        """See rasa_sdk.Action."""
        return "action_manage"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[Any]:
        """Look up, cancel or begin to move."""
        if elsewhere.is_used():
            elsewhere.say_where(dispatcher)
            return _forgotten()
        task = tracker.get_slot("manage_task")
        try:
            appointment = await asyncio.to_thread(_find, tracker)
        except AppointmentNotFound:
            dispatcher.utter_message(response="utter_appointment_not_found")
            return _forgotten()
        await manage_here.settle(dispatcher, tracker, appointment)
        refusal = _refusal(appointment) if task != "status" or appointment.status == "cancelled" else None
        if refusal:
            dispatcher.utter_message(response=refusal, **_words(appointment))
            return _done()
        if task == "move":
            return [*_moving(tracker, appointment), *_done(), FollowupAction("booking_form")]
        if task == "cancel" and tracker.get_slot("manage_confirmed"):
            await asyncio.to_thread(store.cancel, database(), appointment, _by(tracker))
            dispatcher.utter_message(response="utter_appointment_cancelled", **_words(appointment))
            return _forgotten()
        kept = task == "cancel"
        dispatcher.utter_message(
            response="utter_appointment_kept" if kept else "utter_appointment_status", **_words(appointment)
        )
        return _done()


def _find(tracker: Tracker) -> Appointment:
    """Return the appointment that reference and contact open. Raises AppointmentNotFound."""
    return find(database(), tracker.get_slot("manage_reference"), tracker.get_slot("manage_contact"))


def _also_asked(tracker: Tracker) -> list[str]:
    """Return what else is asked of an appointment: a yes before it is cancelled, or where to tell of it."""
    if not tracker.get_slot("manage_reference") or not tracker.get_slot("manage_contact"):
        return []
    try:
        appointment = _find(tracker)
    except AppointmentNotFound:
        return []
    if tracker.get_slot("manage_task") == "cancel":
        return ["manage_confirmed"] if _refusal(appointment) is None else []
    return [manage_here.SLOT] if manage_here.is_asked(tracker, appointment) else []


def _refusal(appointment: Appointment) -> str | None:
    """Return the response that says why this appointment cannot be changed here, or None."""
    if appointment.status == "cancelled":
        return "utter_already_cancelled"
    if appointment.status in {"attended", "missed"} or appointment.slot.start <= now():
        return "utter_appointment_over"
    return None if diary_of(clinic()).may_change(appointment.slot, now()) else "utter_too_late_to_change"


def _by(tracker: Tracker) -> By:
    """Return the write's circumstances; a retry of the same turn has the same key."""
    turn = f"{tracker.latest_message.get('message_id')}:{tracker.sender_id}"
    return By(hashlib.sha256(turn.encode()).hexdigest(), now())  # a conversation's name may be a number


def _words(appointment: Appointment) -> dict[str, str]:
    return {
        "service": appointment.service,
        "when": say_time(appointment.slot.start, clinic().zone),
        "practitioner": appointment.slot.practitioner,
        "reference": appointment.reference,
        "contact_line": f" Please get in touch: {contact(clinic())}." if contact(clinic()) else "",
    }


def _moving(tracker: Tracker, appointment: Appointment) -> list[Any]:
    """Return the events that let the booking form ask for the new time only, where it was not said."""
    slots = dict.fromkeys(BOOKING_SLOTS) | {
        "moving_reference": appointment.reference,
        "booking_service": appointment.service,
        "client_name": appointment.client.name,
        "client_contact": appointment.client.contact,
        "booking_wish": booking_wish.moved(tracker, appointment.slot.start),
    }
    return [SlotSet(name, value) for name, value in slots.items()]


def _done() -> list[Any]:
    return [SlotSet(name, None) for name in ("manage_task", "manage_confirmed", manage_here.SLOT)]


def _forgotten() -> list[Any]:
    return [*_done(), SlotSet("manage_reference", None), SlotSet("manage_contact", None)]
