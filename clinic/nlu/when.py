"""Reads days and times of day in British and American habits, in the clinic's time zone.

``read`` is a pure function of the text and the local time. Days and times are read apart and may
stand in any order: "tmrw after 3", "between 2 and 4 on the 3rd", "half five next Tuesday".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from clinic.nlu.when_days import find_days
from clinic.nlu.when_times import find_times


@dataclass(frozen=True)
class When:
    """What a text says of a time; None is: not said.

    Attributes:
        first_day: First local day.
        last_day: Last local day; equal to first_day for one day.
        earliest: Earliest time of day.
        latest: Latest time of day at which to start.
        exact: Whether ``earliest`` is the very time.
        problem: ``past``, ``impossible`` (31 February) or ``contradiction`` (the 4th is no Monday) when
            the day cannot be.
        weekdays: Weekdays named without a date (0 is Monday): "friday", "tuesday or thursday".
        shift: ``later`` or ``earlier`` than what was offered, or ``other_day``.
        start: Where it begins in the text.
        end: Where it ends.

    """

    first_day: date | None = None
    last_day: date | None = None
    earliest: time | None = None
    latest: time | None = None
    exact: bool = False
    problem: str | None = None
    weekdays: tuple[int, ...] = ()
    shift: str | None = None
    start: int = 0
    end: int = 0


SHIFTS = {
    "other_day": re.compile(
        r"\b(?:an(?:y )?other|a different|some other) day\b|\bother days\b|\bnot that day\b"
    ),
    "later": re.compile(r"\b(?:anything |something |a bit |any |bit )?later(?: on)?\b(?! than)"),
    "earlier": re.compile(r"\b(?:anything |something |a bit |any |bit )?(?:earlier|sooner)\b(?! than)"),
}


def read(text: str, now: datetime, *, month_first: bool = False, bare_hours: bool = False) -> When | None:
    """Return what a text says of days and times, or None when it says nothing.

    Args:
        text: What somebody wrote.
        now: The current time in the clinic's zone (aware).
        month_first: Whether 3/4 is the fourth of March.
        bare_hours: Whether a lone number is an hour ("3" after "what time suits?").

    """
    lowered = text.lower().replace("’", "'")
    days = find_days(lowered, now.date(), month_first)
    rest = _blank(lowered, days.start, days.end) if days else lowered
    times = find_times(rest, bare_hours)
    shift = next((name for name, words in SHIFTS.items() if words.search(lowered)), None)
    if not (days or times or shift):
        return None
    when = When(shift=shift if not (days and times) else None, end=len(text))
    spans = []
    if days:
        when = replace(
            when, first_day=days.first, last_day=days.last, problem=days.problem, weekdays=days.weekdays
        )
        spans.append((days.start, days.end))
        if days.evening and not times:
            when = replace(when, earliest=time(17))
    if times:
        when = replace(when, earliest=times.earliest, latest=times.latest, exact=times.exact)
        spans.append((times.start, times.end))
    if spans:
        when = replace(when, start=min(a for a, _ in spans), end=max(b for _, b in spans))
    return when


def _blank(text: str, start: int, end: int) -> str:
    return text[:start] + " " * (end - start) + text[end:]
