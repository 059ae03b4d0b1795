"""The visitor's wish for a time, as it grows from message to message in the slot ``booking_wish``.

The slot's value: ``wish`` (a Wish as JSON), ``offered`` (the starts offered last, ISO), ``message`` (the
id of the message heard last), ``unasked`` (whether the wish has changed since the diary was asked),
``which`` (days to choose from where a date and its weekday contradicted each other) and, while an
appointment is being moved, ``moved_from`` (its present start).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from rasa_sdk import Tracker

from actions import booking_days, latest
from clinic.booking.model import Slot, Wish
from clinic.booking.wording import say_day
from clinic.settings import clinic

Value = dict[str, Any]
NOTHING: Value = {"wish": {}, "offered": [], "message": None, "unasked": False}
ORDINAL = re.compile(
    r"\b(?:(first|1st)|(second|2nd|middle)|(third|3rd|last|lat(?:est|er?)(?= one)))\b(?: one| time| slot)?",
    re.IGNORECASE,
)
ANY = re.compile(
    r"\b(?:any (?:of (?:them|those|these)|is|will|one|time|works?)|anytime|either|whichever|whatever"
    r"|(?:don.?t|do not) mind|(?:doesn.?t|does not) matter|soonest|earliest|asap|as soon as possible"
    r"|first available|you (?:choose|pick|decide))\b",
    re.IGNORECASE,
)
ONE = re.compile(r"\bone\b", re.IGNORECASE)
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


def said(value: Value | None) -> str | None:
    """Return the day and time that are wished for in words, where they are one day or one time."""
    wish = wish_of(value or NOTHING)
    day = say_day(wish.first_day) if wish.first_day and wish.first_day == wish.last_day else None
    at = f"{wish.earliest:%H:%M}" if wish.exact and wish.earliest else None
    return " at ".join(filter(None, (day, at))) or None


def changed(value: Value, wish: Wish) -> Value:
    """Return the slot's value with another wish, for which the diary is still to be asked."""
    return value | {"wish": _json(wish), "unasked": True}


def exactly(value: Value, start: str) -> Value:
    """Return the slot's value with the wish for one moment, with the same practitioner."""
    at = datetime.fromisoformat(start).astimezone(clinic().zone)
    who = wish_of(value).practitioner
    wish = Wish(at.date(), at.date(), at.time(), exact=True, practitioner=who)
    return changed(value, wish)


def same_day(start: datetime) -> Value:
    """Return the slot's value with the wish for any time of the day on which an appointment starts."""
    day = start.astimezone(clinic().zone).date()
    return changed(NOTHING, Wish(day, day)) | {"unasked": False}


def moved(tracker: Tracker, start: datetime) -> Value:
    """Return the slot's value for moving an appointment, with the new time that was said already."""
    said = value_of(tracker).get("said")
    value = NOTHING | {"moved_from": start.isoformat(), "message": tracker.latest_message.get("message_id")}
    return changed(value, _laid_over(tracker, value, said, Wish())) if said else value


def without_day(value: Value, said: Value) -> Value:
    """Return the slot's value with the time of day that was said beside a day that cannot be.

    Where date and weekday contradict each other it also holds the days that may be meant.
    """
    times = {name: said[name] for name in ("earliest", "latest", "exact")}
    wish = wish_of(value).then(wish_of({"wish": times}))
    wish = replace(wish, first_day=None, last_day=None)
    which = booking_days.perhaps(said) if said["problem"] == "contradiction" else None
    return value | {"wish": _json(wish), "which": which, "unasked": False}


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
    wish = replace(wish, practitioner=who or before.practitioner)
    return changed(value, wish) | {"message": message, "which": None}


def _wished(tracker: Tracker, value: Value, said: Value, before: Wish) -> Wish:
    """Return the wish before with what was said of days and times laid over it."""
    if booking_days.are_refused(tracker, said):
        times = said | {"first_day": None, "last_day": None}
        day = date.fromisoformat(said["first_day"])
        return booking_days.without(before.then(_said(times)), day, said.get("weekdays", []))
    return _laid_over(tracker, value, said, before)


def _laid_over(tracker: Tracker, value: Value, said: Value, before: Wish) -> Wish:
    start, zone = tracker.get_slot("appointment_start"), clinic().zone
    present = [value["moved_from"]] if "moved_from" in value else []
    known = [start] if start else value["offered"] or present
    offered = [datetime.fromisoformat(at).astimezone(zone) for at in known]
    wish = booking_days.meant(tracker, value, before.then(_said(said)), before, said.get("weekdays", []))
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
        return _offered_at(offered, said, latest.text(tracker))
    match = ORDINAL.search(latest.text(tracker))
    if match:
        index = next(number for number, group in enumerate(match.groups()) if group)
        return offered[-1] if match[3] else offered[min(index, len(offered) - 1)]
    yes = latest.is_yes(tracker) or ANY.search(latest.text(tracker))
    return offered[0] if yes else None


def _said(said: Value) -> Wish:
    names = ("first_day", "last_day", "earliest", "latest", "exact")
    return wish_of({"wish": {name: said[name] for name in names}})


def _offered_at(offered: list[str], said: Value, text: str) -> str | None:
    """Return the one offered time that is meant by "2pm", "the morning one" or "the Friday one"."""
    weekdays = said.get("weekdays", [])
    if said["shift"] or (said["first_day"] and not (weekdays and ONE.search(text))):
        return None
    if not said["exact"] and not ONE.search(text):
        return None
    same = [at for at in offered if _fits(datetime.fromisoformat(at).astimezone(clinic().zone), said)]
    return same[0] if len(same) == 1 else None


def _fits(at: datetime, said: Value) -> bool:
    """Say whether an offered time is among the weekdays and times of day that were said."""
    times = replace(_said(said), first_day=None, last_day=None)
    fits = times.allows(Slot(at, at, ""), clinic().zone)
    return fits and (not said.get("weekdays", []) or at.weekday() in said.get("weekdays", []))


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
