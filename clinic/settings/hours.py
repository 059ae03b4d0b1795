"""Hours, time spans and dates as clinic.yml writes them."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from typing import Any

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Hours = dict[str, list[tuple[time, time]]]


def read_hours(value: Any) -> Hours:
    """Turn ``{"monday": "09:00-13:00, 14:00-17:30"}`` into pairs of local times."""
    if not isinstance(value, dict):
        raise ValueError("write one line a day, such as monday: 09:00-17:30")  # noqa: TRY004 (pydantic reports it)
    hours: Hours = {}
    for day, text in value.items():
        if day not in WEEKDAYS:
            raise ValueError(f"{day!r} is not a day; use monday to sunday in lower case")
        hours[day] = [read_span(part) for part in str(text).split(",")]
    return hours


def read_span(text: str) -> tuple[time, time]:
    """Turn ``09:00-13:00`` into a pair of local times."""
    match = re.fullmatch(r"\s*(\d\d?:\d\d)\s*-\s*(\d\d?:\d\d)\s*", text)
    if not match:
        raise ValueError(f"{text.strip()!r} is no time span; write it like 09:00-17:30")
    try:
        start, end = (time.fromisoformat(part.zfill(5)) for part in match.groups())
    except ValueError:
        raise ValueError(f"{text.strip()!r} is no time span; hours go from 00:00 to 23:59") from None
    if start >= end:
        raise ValueError(f"{text.strip()!r} ends before it starts")
    return start, end


def days_of(closure: str) -> list[date]:
    """Return the days of ``2026-12-24`` or ``2026-12-24..2027-01-01``."""
    try:
        first, _, last = (part.strip() for part in closure.partition(".."))
        start, end = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError:
        raise ValueError(f"{closure!r} is no date; write 2026-12-24 or 2026-12-24..2027-01-01") from None
    if end < start:
        raise ValueError(f"{closure!r} ends before it starts")
    return [start + timedelta(days=n) for n in range((end - start).days + 1)]
