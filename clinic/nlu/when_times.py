"""Times of day in words: "half five", "after 3", "between 2 and 4", "mornings"."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time

FIRST_LIKELY_HOUR = 8  # "at 7" without am or pm is in the evening, "at 8" in the morning
NUMBER_WORDS = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]
HALF_HOUR = 30


@dataclass(frozen=True)
class Times:
    """A span of local times found in a text at ``start`` to ``end``."""

    earliest: time | None
    latest: time | None
    exact: bool
    start: int
    end: int


def _clock(name: str, *, loose: bool) -> str:
    """Return a pattern for a time; a loose one needs neither minutes nor am or pm."""
    words = "|".join(NUMBER_WORDS)
    hour = rf"(?P<{name}h>[01]?\d|2[0-3]|{words})(?!\d)"
    minutes = rf"(?:[:.h](?P<{name}m>[0-5]\d)(?!\d))"
    half = rf"(?P<{name}p>[ap])\.?\s?m?\b\.?"
    if loose:
        return rf"{hour}{minutes}?\s*(?:{half})?(?:\s*o'?\s?clock)?"
    return rf"{hour}(?:{minutes}\s*(?:{half})?|\s*(?P<{name}q>[ap])\.?\s?m\b\.?|\s*(?P<{name}o>o'?\s?clock))"


def _time(match: re.Match[str], name: str) -> time:
    groups = match.groupdict()
    text = groups[f"{name}h"]
    hour = NUMBER_WORDS.index(text) + 1 if text in NUMBER_WORDS else int(text)
    half = groups.get(f"{name}p") or groups.get(f"{name}q")
    minute = int(groups.get(f"{name}m") or 0)
    return time(_hour(hour, half), minute)


def _hour(hour: int, half: str | None) -> int:
    if half == "p" and hour < 12:
        return hour + 12
    if half == "a":
        return hour % 12
    return hour + 12 if 1 <= hour < FIRST_LIKELY_HOUR and half is None else hour


def _minutes(value: time, minutes: int) -> time:
    total = min(max(value.hour * 60 + value.minute + minutes, 0), 23 * 60 + 59)
    return time(total // 60, total % 60)


Span = tuple[time | None, time | None, bool]


def _between(match: re.Match[str]) -> Span:
    first, last = _time(match, "a"), _time(match, "b")
    groups = match.groupdict()
    if (groups.get("bp") or groups.get("bq")) == "a" and groups["ap"] is None and first > last:
        first = time(int(groups["ah"]) % 12, first.minute)
    return first, last, False


def _past_hour(match: re.Match[str]) -> Span:
    """Read "half past 5", "half five", "quarter to 3"."""
    hour = NUMBER_WORDS.index(match["h"]) + 1 if match["h"] in NUMBER_WORDS else int(match["h"])
    base = time(_hour(hour, match["p"]) % 24)
    amount = {"half": 30, "quarter": 15, "ten": 10, "twenty": 20, "five": 5, "10": 10, "20": 20, "5": 5}
    minutes = amount[match["amount"]]
    return _minutes(base, -minutes if match["side"] == "to" else minutes), None, True


def _around(match: re.Match[str]) -> Span:
    at = _time(match, "a")
    return _minutes(at, -HALF_HOUR), _minutes(at, HALF_HOUR), False


_FIXED: list[tuple[re.Pattern[str], Span]] = [
    (re.compile(words), span)
    for words, span in {
        r"\b(?:before|by|until|till?) (?:noon|midday|mid-day|lunch\w*)": (None, time(11, 59), False),
        r"\bafter (?:noon|midday|mid-day|lunch\w*)": (time(12), time(17), False),
        r"\b(?:noon|midday|mid-day)\b": (time(12), None, True),
        r"\blunch ?(?:time|break|hour)?s?\b": (time(12), time(14), False),
        r"\bfirst thing\b": (time(0), time(10), False),
        r"\bearly (?:morning|am)s?\b": (time(0), time(10), False),
        r"\b(?:late|end of the) morning\b": (time(10, 30), time(12), False),
        r"\bearly afternoons?\b": (time(12), time(14, 30), False),
        r"\b(?:late|end of the) afternoons?\b": (time(15), time(18), False),
        r"\b(?:mornings?|(?:in|the|an?) ?(?:the )?a\.?m\.?)\b": (time(0), time(11, 59), False),
        r"\b(?:afternoons?|arvo|aft|(?:in|the|a) ?(?:the )?p\.?m\.?)\b": (time(12), time(17), False),
        r"\b(?:evenings?|after ?work|after office hours|after school run)\b": (time(17), None, False),
        r"\bend of (?:the )?day\b": (time(16), None, False),
    }.items()
]
_L, _LB, _S = _clock("a", loose=True), _clock("b", loose=True), _clock("a", loose=False)
_HOURS = "|".join(NUMBER_WORDS)
_HOUR = re.compile(rf"\d|{_HOURS}")  # without one, none of the following is found
_PATTERNS: list[tuple[re.Pattern[str], Callable[[re.Match[str]], Span]]] = [
    (
        re.compile(
            rf"\b(?P<amount>half|quarter|ten|twenty|five|10|20|5)(?:\s+(?P<side>past|to)\s+|\s+)"
            rf"(?P<h>1[0-2]|[1-9]|{_HOURS})\b(?!\s*(?:minutes|mins|sessions))(?:\s*(?P<p>[ap])\.?m\b)?"
        ),
        _past_hour,
    ),
    (re.compile(rf"\bbetween\s+{_L}\s*(?:and|-|to|n|&)\s*{_LB}"), _between),
    (re.compile(rf"\bfrom\s+{_L}\s*(?:to|-|til+|until)\s*{_LB}"), _between),
    (re.compile(rf"\b{_L}\s*(?:-|–|to)\s*{_clock('b', loose=False)}"), _between),
    (
        re.compile(
            rf"\b(?:(?<!not )after|from|past|not before|no earlier than|(?<!no )later than|any ?time after)\s+{_L}\b"
        ),
        lambda match: (_time(match, "a"), None, False),
    ),
    (
        re.compile(rf"\b(?:before|by|until|till|til|no later than|earlier than|not after)\s+{_L}\b"),
        lambda match: (None, _time(match, "a"), False),
    ),
    (re.compile(rf"\b(?:around|about|roughly|approx\w*|circa|near|ish)\s+{_L}"), _around),
    (re.compile(rf"\b{_L}\s?-?ish\b"), _around),
    (re.compile(rf"\b{_S}"), lambda match: (_time(match, "a"), None, True)),
    (
        re.compile(
            r"(?:\bat|@|\b(?:do|make it|make that|change (?:it|that) to|move (?:it|that) to)(?=\s+\d))"
            rf"\s*{_L}(?![\d/])\b"
        ),
        lambda match: (_time(match, "a"), None, True),
    ),
]
_BARE = re.compile(
    rf"^(?!.*\b(?:first|second|third|last|middle|that|this|which|other|any) one)\D{{0,12}}\b(?P<ah>[01]?\d|2[0-3]|{_HOURS})(?P<am>)(?P<ap>)\s*(?:pls|please|then|works|is good|would be good|thanks|ok)?[.!]?\s*$"
)


def find_times(text: str, bare_hours: bool) -> Times | None:
    """Return the first-ranked expression of times in a lower-case text, or None.

    Args:
        text: Lower-case text; days already blanked out.
        bare_hours: Whether a lone number may be an hour.

    """
    for pattern, reader in _PATTERNS if _HOUR.search(text) else ():
        match = pattern.search(text)
        if match and _plausible(match, text):
            return Times(*reader(match), *match.span())
    for words, span in _FIXED:
        match = words.search(text)
        if match and not re.search(r"good\s+$", text[: match.start()]):
            return Times(*span, *match.span())
    match = _BARE.search(text) if bare_hours else None
    if match:
        hour = match["ah"]
        number = NUMBER_WORDS.index(hour) + 1 if hour in NUMBER_WORDS else int(hour)
        return Times(time(_hour(number, None)), None, True, *match.span("ah"))
    return None


def _plausible(match: re.Match[str], text: str) -> bool:
    """Refuse "past 2 months", "after 3 sessions", "about 45 years"."""
    return not re.match(
        r"\s*(?:sessions?|treatments?|days?|weeks?|months?|years?|yrs?|times?|minutes|mins|hours?|hrs|people|kids|late\b"
        r"|%|£|pounds|quid|needles?)\b",
        text[match.end() :],
    )
