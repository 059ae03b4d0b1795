"""Who a booking is for: what the message says of name, contact and e-mail address."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker

from actions import booking_wish, latest
from clinic.booking.model import AppointmentNotFound
from clinic.booking.records import Client, find
from clinic.booking.wording import say_contact
from clinic.database import database

WHO = (
    r"(?:sister|brother|mum|mom|mam|mother|dad|father|daughter|son|friend|wife|husband|partner|boyfriend"
    r"|girlfriend|colleague|aunt|auntie|cousin|niece|gran|grandma|flatmate|neighbour)"
)
TOGETHER = re.compile(
    rf"\b(?:both of us|two of us|the 2 of us|(?:two|2) (?:people|persons|appointments)"
    rf"|(?:me|myself) (?:and|\+|&) (?:my|a) {WHO}|my {WHO} and (?:me|i|myself))\b",
    re.IGNORECASE,
)
AND_ONE_FOR = re.compile(
    rf"\b(?:and|then|also)(?: then| another| one| an appointment| again)* for my {WHO}\b", re.IGNORECASE
)
SAME = re.compile(
    r"\b(?:same|as before|as last time|use (?:my|mine|that|the (?:same|first)))\b"
    r"(?!\s+(?:day|time|date|week|treat|serv))",
    re.IGNORECASE,
)
SAME_OF = {
    "client_name": re.compile(r"\b(?:name|person|details|me again)\b", re.IGNORECASE),
    "client_contact": re.compile(r"\b(?:number|phone|mobile|e-?mail|contact|details)\b", re.IGNORECASE),
}
REFUSES = re.compile(
    r"\b(?:no|not|n.?t|without|rather|refuse|never)\b(?!.*\b(?:know|have|remember)\b).{0,40}"
    r"\b(?:e-?mail|phone|number|contact details)\b(?! (?:is|ends|was))",
    re.IGNORECASE,
)
REFUSES_IT = re.compile(
    r"\b(?:none of your|rather not|don.?t want|no way|not giving|why should)\b", re.IGNORECASE
)


def wants_two(tracker: Tracker) -> bool:
    """Say whether two people want to come; after a finished booking "and one for my sister" is the second."""
    text = latest.text(tracker)
    if TOGETHER.search(text):
        return True
    begun = tracker.get_slot("booking_service") or tracker.get_slot("appointment_start")
    return bool(AND_ONE_FOR.search(text) and (begun or not tracker.get_slot("manage_reference")))


def same_as_before(tracker: Tracker, slot: str) -> str | None:
    """Return the name or contact of this conversation's last booking where the message asks for the same."""
    text = latest.text(tracker)
    asked = tracker.get_slot("requested_slot") == slot and not any(p.search(text) for p in SAME_OF.values())
    if not SAME.search(text) or not (asked or SAME_OF[slot].search(text)):
        return None
    reference, contact = tracker.get_slot("manage_reference"), tracker.get_slot("manage_contact")
    if not reference or not contact:
        return None
    try:
        client = find(database(), reference, contact).client
    except AppointmentNotFound:
        return None
    return client.name if slot == "client_name" else client.contact


def contacts(client: Client) -> str:
    """Return how the client can be reached, as people write it."""
    both = dict.fromkeys(filter(None, (client.contact, client.email)))
    return " and ".join(map(say_contact, both))


def refuses(tracker: Tracker) -> bool:
    """Say whether somebody would rather not say how they can be reached."""
    text = latest.text(tracker)
    asked = tracker.get_slot("requested_slot") in {"client_contact", "client_email"} and "?" not in text
    return bool(REFUSES.search(text) or (asked and REFUSES_IT.search(text)))


def newly_said(before: dict[str, Any], slots: dict[str, Any]) -> list[str]:
    """Return the name, contact and time that a message brought while another question stays open.

    Args:
        before: The slots before the message.
        slots: What the message has set.

    """
    asked = before.get("requested_slot")
    if asked in {None, "booking_confirmed"} or slots.get(asked) is not None:
        return []
    found = {name: slots.get(name) for name in ("client_name", "client_contact")}
    said = [say_contact(value) for name, value in found.items() if value and value != before.get(name)]
    time = booking_wish.said(slots.get("booking_wish")) if asked == "booking_service" else None
    return [time, *said] if time else said
