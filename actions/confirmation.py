"""What a confirmation carries beside its words: the calendar file and the manage link."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker

from clinic.booking import links
from clinic.booking.records import Appointment
from clinic.booking.wording import say_time
from clinic.settings import clinic
from clinic.settings.environment.channels import CHANNELS

# These show custom content as they should. Rasa's other channels would print it as JSON: they get links.
SHOW_CUSTOM = frozenset({"widget", "rest", *CHANNELS})


def confirmation(tracker: Tracker, appointment: Appointment) -> dict[str, Any]:
    """Return the arguments of ``utter_message`` that add calendar file and manage link to a response.

    The response's text has a place for them, ``{links}``: it is empty where ``custom`` shows them.
    """
    end = appointment.slot.end
    manage, ics = links.manage_url(appointment.reference, end), links.calendar_url(appointment.reference, end)
    if tracker.get_latest_input_channel() not in SHOW_CUSTOM:
        return {"links": f"\nTo move or cancel it: {manage}\nFor your calendar: {ics}"}
    custom = {
        "type": "booking",
        "reference": appointment.reference,
        "service": appointment.service,
        "when": say_time(appointment.slot.start, clinic().zone),
        "ics": ics,
        "manage": manage,
    }
    return {"links": "", "json_message": custom}
