"""Which days a message means: weekdays that stand alone, days that are refused, and contradictions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from rasa_sdk import Tracker

from actions import latest
from clinic.booking.model import Wish
from clinic.settings import clinic, now

Value = dict[str, Any]
# "I can't do Tuesday", "not on Tuesday", "Tuesday doesn't work": another day, then.
NOT_BEFORE = re.compile(
    r"(?:\bnot|n[o']?t|\bcannot|\bexcept|\bapart from|\b(?:day|time) but)"
    r"\s*(?:do|make|come|available|free)?\s*(?:on)?\s*$",
    re.IGNORECASE,
)
NOT_AFTER = re.compile(
    r"^\s*(?:doesn.?t|does not|won.?t|will not|isn.?t|is not|is no|is bad|is out|no good)\b", re.IGNORECASE
)
NO_SUCH = re.compile(r"\bno\s*$", re.IGNORECASE)  # "no mondays"; but "no, monday" and "no monday" mean Monday


def meant(tracker: Tracker, value: Value, wish: Wish, before: Wish, weekdays: list[int]) -> Wish:
    """Return the wish with weekdays that stand alone read as those that have just been spoken of."""
    if not weekdays:
        return wish
    for days in _spoken_of(tracker, value, before):
        found = [day for day in days if day.weekday() in weekdays]
        if found:
            wish = replace(wish, first_day=found[0], last_day=found[-1])
            break
    assert wish.first_day
    assert wish.last_day
    span = {
        (wish.first_day + timedelta(days=n)).weekday() for n in range((wish.last_day - wish.first_day).days)
    }
    return replace(wish, not_on=tuple(sorted(span - set(weekdays))))


def _spoken_of(tracker: Tracker, value: Value, before: Wish) -> Iterator[list[date]]:
    """Yield the days that a bare weekday may mean, the likeliest first."""
    zone, today = clinic().zone, now().astimezone(clinic().zone).date()
    if value.get("which"):
        yield sorted(map(date.fromisoformat, value["which"]))
    if tracker.get_slot("requested_slot") == "appointment_start":
        yield [datetime.fromisoformat(at).astimezone(zone).date() for at in value["offered"]]
    if before.first_day and before.last_day and before.first_day != before.last_day:
        yield _week_from(before.first_day, before.last_day)
    start = tracker.get_slot("appointment_start") or value.get("moved_from")
    if start:
        at = datetime.fromisoformat(start).astimezone(zone).date()
        monday = at - timedelta(days=at.weekday())
        yield [day for day in _week_from(monday, monday + timedelta(days=6)) if day > today]


def _week_from(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range(min((last - first).days, 6) + 1)]


def perhaps(said: Value) -> list[str]:
    """Return the days that a date with a wrong weekday may mean: the date, and that weekday near it."""
    day, today = date.fromisoformat(said["first_day"]), now().astimezone(clinic().zone).date()
    after = day + timedelta(days=(said.get("weekdays", [])[0] - day.weekday()) % 7)
    near = [near for near in (after - timedelta(days=7), after) if near > today]
    near.sort(key=lambda other: abs(other - day))
    return [day.isoformat(), *(other.isoformat() for other in near[:1])]


def without(wish: Wish, day: date, weekdays: list[int]) -> Wish:
    """Return the wish for any day but those weekdays; a wish for just that day becomes one for later days."""
    refused = (*wish.not_on, *(weekdays or [day.weekday()]))
    wish = replace(wish, not_on=tuple(dict.fromkeys(refused)), after=None, before=None)
    if wish.first_day == wish.last_day == day:
        return replace(wish, first_day=day + timedelta(days=1), last_day=None)
    return wish


def are_refused(tracker: Tracker, said: Value) -> bool:
    """Say whether the message names a day in order to refuse it."""
    if not said["first_day"] or (said["first_day"] != said["last_day"] and not said.get("weekdays", [])):
        return False
    entity = next(e for e in tracker.latest_message["entities"] if e["entity"] == "time")
    text = latest.text(tracker)
    before, named, after = (
        text[: entity["start"]],
        text[entity["start"] : entity["end"]],
        text[entity["end"] :],
    )
    none_of = NO_SUCH.search(before) and named.rstrip().endswith("s") and said.get("weekdays", [])
    return bool(none_of or NOT_BEFORE.search(before) or NOT_AFTER.search(after))
