"""Corrections at the read-back of a booking: what is said anew, and what is only said to be wrong."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

from rasa_sdk import Tracker

from actions import booking_wish, latest
from clinic.settings import clinic

# "No, the name is wrong", "change the time": what is to be asked for again.
NAMED = {
    "client_name": re.compile(r"\b(?:name|spelling|spelt|spelled)\b", re.IGNORECASE),
    "client_contact": re.compile(r"\b(?:number|phone|mobile|e-?mail|contact)\b", re.IGNORECASE),
    "appointment_start": re.compile(r"\b(?:time|hour|day|date|when|slot)\b", re.IGNORECASE),
}
THE_DAY = re.compile(r"\b(?:day|date)\b", re.IGNORECASE)
SAME = re.compile(r"\bsame\b", re.IGNORECASE)
MOST_WORDS = 7
ENTITIES = ("time", "name", "phone", "email", "service")


def are_said(tracker: Tracker) -> bool:
    """Say whether the message names anything that differs from the booking as it was read back."""
    said = latest.entity(tracker, "time")
    if said and not _is_the_time(tracker, said):
        return True
    known = {tracker.get_slot(name) for name in ("client_contact", "client_email", "client_name")}
    known.add(tracker.get_slot("booking_service"))
    others = (latest.entity(tracker, name) for name in ENTITIES[1:])
    return any(value is not None and value not in known for value in others)


def is_wrong(tracker: Tracker, slot: str) -> bool:
    """Say whether the message says that this part of the booking is wrong, and not how it should be."""
    text = latest.text(tracker)
    if (
        tracker.get_slot("requested_slot") != "booking_confirmed"
        or latest.is_question(tracker)
        or SAME.search(text)
    ):
        return False
    if latest.entity(tracker, *ENTITIES) or latest.is_yes(tracker) or len(text.split()) > MOST_WORDS:
        return False
    return bool(NAMED[slot].search(text))


def reopened(tracker: Tracker, value: dict[str, Any]) -> dict[str, Any]:
    """Return the wish for another time of the same day, or for the same time on another day."""
    wish = booking_wish.wish_of(value)
    if THE_DAY.search(latest.text(tracker)):
        wish = replace(wish, first_day=None, last_day=None)
    else:
        wish = replace(wish, earliest=None, latest=None, exact=False)
    return booking_wish.changed(value, replace(wish, after=None, before=None)) | {"unasked": False}


def _is_the_time(tracker: Tracker, said: dict[str, Any]) -> bool:
    """Say whether a day or time that is named is the one that was read back."""
    start = tracker.get_slot("appointment_start")
    if not start or said["problem"] or said["shift"]:
        return False
    at = datetime.fromisoformat(start).astimezone(clinic().zone)
    same_day = said.get("weekdays", []) == [at.weekday()] or said["first_day"] in {
        None,
        at.date().isoformat(),
    }
    return same_day and said["earliest"] in {None, f"{at:%H:%M}"} and not said["latest"]
