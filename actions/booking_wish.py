"""The visitor's wish for a time, as it grows from message to message in the slot ``booking_wish``.

The slot's value: ``wish`` (a Wish as JSON), ``offered`` (the starts offered last, ISO), ``message`` (the
id of the message heard last), ``unasked`` (whether the wish has changed since the diary was asked) and,
while an appointment is being moved, ``moved_from`` (its present start).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from rasa_sdk import Tracker

from actions import latest
from clinic.booking.model import Wish
from clinic.settings import clinic

Value = dict[str, Any]
NOTHING: Value = {"wish": {}, "offered": [], "message": None, "unasked": False}
ORDINAL = re.compile(
    r"\b(?:(first|1st)|(second|2nd|middle)|(third|3rd|last))\b(?: one| time| slot)?", re.IGNORECASE
)
ANY = re.compile(
    r"\b(?:any (?:of (?:them|those|these)|is|will|one|time|works?)|anytime|either|whichever|whatever"
    r"|(?:don.?t|do not) mind|(?:doesn.?t|does not) matter|soonest|earliest|asap|as soon as possible"
    r"|first available|you (?:choose|pick|decide))\b",
    re.IGNORECASE,
)
# "I can't do Tuesday", "not on Tuesday", "Tuesday doesn't work": another day, then.
NOT_BEFORE = re.compile(
    r"(?:\bnot|n[o']?t|\bcannot|\bexcept|\bapart from|\bno)\s*(?:do|make|come|available|free)?\s*(?:on)?\s*$",
    re.IGNORECASE,
)
NOT_AFTER = re.compile(
    r"^\s*(?:doesn.?t|does not|won.?t|will not|isn.?t|is not|is no|is bad|is out|no good)\b", re.IGNORECASE
)
ANYBODY = re.compile(
    r"\b(?:any ?one|any ?body|any practitioner|some(?:one|body) else|who ?ever)\b", re.IGNORECASE
)
READERS: dict[str, Callable[[str], Any]] = {
    "first_day": date.fromisoformat,
    "last_day": date.fromisoformat,
    "earliest": time.fromisoformat,
    "latest": time.fromisoformat,
    "after": datetime.fromisoformat,
    "before": datetime.fromisoformat,
    "not_on": tuple,
}


def value_of(tracker: Tracker) -> Value:
    """Return the slot's value; before anything was said it is empty."""
    return tracker.get_slot("booking_wish") or NOTHING


def wish_of(value: Value) -> Wish:
    """Return the wish that the slot's value holds."""
    said = {name: text for name, text in value["wish"].items() if text is not None}
    return Wish(**{name: READERS[name](text) if name in READERS else text for name, text in said.items()})


def changed(value: Value, wish: Wish) -> Value:
    """Return the slot's value with another wish, for which the diary is still to be asked."""
    return value | {"wish": _json(wish), "unasked": True}


def exactly(value: Value, start: str) -> Value:
    """Return the slot's value with the wish for one moment, with the same practitioner."""
    at = datetime.fromisoformat(start).astimezone(clinic().zone)
    who = wish_of(value).practitioner
    wish = Wish(at.date(), at.date(), at.time(), exact=True, practitioner=who)
    return changed(value, wish)


def heard(tracker: Tracker, value: Value, said: Value | None) -> Value:
    """Return the slot's value after the latest message; the same value when it says nothing new.

    Args:
        tracker: The conversation.
        value: The slot's value so far.
        said: The message's entity ``time``, or None.

    """
    text, message = latest.text(tracker), tracker.latest_message.get("message_id")
    before, who = wish_of(value), _practitioner(text)
    said = said or _no_to_all(tracker, value)
    if before.practitioner and ANYBODY.search(text):
        before, who = replace(before, practitioner=None), None
    elif not (said or who) or message == value["message"]:
        return value
    wish = _wished(tracker, value, said, before) if said else before
    return changed(value, replace(wish, practitioner=who or before.practitioner)) | {"message": message}


def _wished(tracker: Tracker, value: Value, said: Value, before: Wish) -> Wish:
    """Return the wish before with what was said of days and times laid over it."""
    if _refused(tracker, said):
        return _without(before, date.fromisoformat(said["first_day"]))
    wish = before.then(_said(said))
    start, zone = tracker.get_slot("appointment_start"), clinic().zone
    offered = [datetime.fromisoformat(at).astimezone(zone) for at in ([start] if start else value["offered"])]
    if said["shift"] and offered:
        return _shifted(said["shift"], wish, offered, days=bool(said["first_day"]))
    meant = (
        {at.date() for at in offered} if tracker.get_slot("requested_slot") == "appointment_start" else set()
    )
    if "moved_from" in value and not wish.first_day:  # "can I move it to 10:30": on the same day
        meant = {datetime.fromisoformat(value["moved_from"]).astimezone(zone).date()}
    if wish.exact and not said["first_day"] and len(meant) == 1:
        day = meant.pop()
        return replace(wish, first_day=day, last_day=day)
    return wish


def _no_to_all(tracker: Tracker, value: Value) -> Value | None:
    """Return what a plain no to the offered times says: times after them, or another day."""
    asked = tracker.get_slot("requested_slot") == "appointment_start" and value["offered"]
    if not asked or latest.intent(tracker) != "deny":
        return None
    days = {datetime.fromisoformat(at).astimezone(clinic().zone).date() for at in value["offered"]}
    names = ("first_day", "last_day", "earliest", "latest", "exact", "problem")
    return dict.fromkeys(names) | {"shift": "other_day" if len(days) == 1 else "later"}


def chosen(tracker: Tracker, value: Value, said: Value | None) -> str | None:
    """Return which of the offered times the message takes: by number, by its time, or by any yes."""
    offered = value["offered"]
    if tracker.get_slot("requested_slot") != "appointment_start" or not offered:
        return None
    if said:
        return _offered_at(offered, said)
    match = ORDINAL.search(latest.text(tracker))
    if match:
        index = next(number for number, group in enumerate(match.groups()) if group)
        return offered[-1] if match[3] else offered[min(index, len(offered) - 1)]
    yes = latest.intent(tracker) == "affirm" or ANY.search(latest.text(tracker))
    return offered[0] if yes else None


def _said(said: Value) -> Wish:
    names = ("first_day", "last_day", "earliest", "latest", "exact")
    return wish_of({"wish": {name: said[name] for name in names}})


def _offered_at(offered: list[str], said: Value) -> str | None:
    """Return the one offered time that a bare time of day ("the 2pm one") means."""
    if said["first_day"] or not said["exact"]:
        return None
    wanted, zone = time.fromisoformat(said["earliest"]), clinic().zone
    same = [at for at in offered if datetime.fromisoformat(at).astimezone(zone).time() == wanted]
    return same[0] if len(same) == 1 else None


def _shifted(shift: str, wish: Wish, offered: list[datetime], *, days: bool) -> Wish:
    """Return the wish moved against what was offered: "later", "earlier next week", "another day"."""
    first, last = offered[0], offered[-1]
    if shift == "other_day":
        return replace(wish, first_day=last.date() + timedelta(days=1), last_day=None)
    if wish.exact:
        wish = replace(wish, earliest=None, exact=False)
    if not _within(wish, last if shift == "later" else first):
        if days:
            return _late(wish) if shift == "later" else wish
        wish = replace(wish, first_day=None, last_day=None)  # what was offered was not on the wished days
    return replace(wish, after=last) if shift == "later" else replace(wish, before=first)


def _within(wish: Wish, moment: datetime) -> bool:
    return bool(wish.first_day and wish.last_day and wish.first_day <= moment.date() <= wish.last_day)


def _late(wish: Wish) -> Wish:
    """Return the wish for the second half of its days."""
    assert wish.first_day
    assert wish.last_day
    return replace(wish, first_day=wish.first_day + (wish.last_day - wish.first_day) // 2)


def _without(wish: Wish, day: date) -> Wish:
    """Return the wish for any day but that weekday; a wish for just that day becomes one for later days."""
    wish = replace(wish, not_on=(*wish.not_on, day.weekday()), after=None, before=None)
    if wish.first_day == wish.last_day == day:
        return replace(wish, first_day=day + timedelta(days=1), last_day=None)
    return wish


def _refused(tracker: Tracker, said: Value) -> bool:
    """Say whether the message names a single day in order to refuse it."""
    if not said["first_day"] or said["first_day"] != said["last_day"] or said["earliest"] or said["latest"]:
        return False
    entity = next(e for e in tracker.latest_message["entities"] if e["entity"] == "time")
    text = latest.text(tracker)
    return bool(NOT_BEFORE.search(text[: entity["start"]]) or NOT_AFTER.search(text[entity["end"] :]))


def _practitioner(text: str) -> str | None:
    """Return the practitioner with whom somebody would like to come."""
    for practitioner in clinic().practitioners:
        names = "|".join(map(re.escape, {practitioner.name, practitioner.name.split()[0]}))
        if re.search(rf"\b(?:with|see|by)\s+(?:{names})\b", text, re.IGNORECASE):
            return practitioner.name
    return None


def _json(wish: Wish) -> Value:
    return {
        name: value.isoformat() if isinstance(value, date | time) else value
        for name, value in asdict(wish).items()
    }
