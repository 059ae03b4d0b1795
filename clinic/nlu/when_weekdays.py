"""Weekdays in words: "friday", "tuesday or wednesday", "next next tues", and those that stand by a date."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import Indel

NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SHORT = tuple(name[:2] for name in NAMES)
_NO_DAY = r"(?! ?(?:damage|screen|block|spots?|burn\w*|tan\w*|cream|exposure|bed))"
ANY_WEEKDAY = (
    r"(?:mon(?:day)?|tue(?:s|sday)?|tuseday|wed(?:s|nesday)?|wensday|wednsday|thu(?:r|rs|rsday|rday)?"
    rf"|thurdsay|fri(?:day)?|sat(?:urday|erday)?|sun(?:day)?)s?\b{_NO_DAY}"
)
_BEFORE = re.compile(rf"\b({ANY_WEEKDAY})[\s,(]*(?:the\s+)?$")
_AFTER = re.compile(rf"^(?:\s*[,(]\s*|\s+)(?:which is |being )?(?:(?:on |is )?an? )?({ANY_WEEKDAY})")
# "I can't do Tuesday", "any day but Tuesday": the weekday that is meant stands elsewhere, if at all.
_REFUSED = re.compile(
    r"(?:\bnot|n'?t|\bcannot|\bexcept|\bapart from|\b(?:day|time) but)"
    r"\s*(?:do|make|come|available|free)?\s*(?:on|for)?\s*$"
)
_NAMED = re.compile(
    r"\b(?P<how>(?:next\s+)+|this(?: coming)?\s+|coming\s+|(?:a\s+)?week on\s+|on\s+|for\s+)?"
    rf"(?P<first>{ANY_WEEKDAY})"
    rf"(?P<more>(?:\s*(?:,|/|-|&|\bor\b|\band\b|\bto\b)\s*(?:on\s+)?{ANY_WEEKDAY})*)"
    r"(?P<after>\s+(?:week|after next|next week)\b)?"
)
_WORD = re.compile(r"[a-z]{6,10}\b")
_ALIKE = 0.8
REMEMBERED = 4096  # words


@dataclass(frozen=True)
class Weekdays:
    """Weekdays named in a text at ``start`` to ``end``.

    Attributes:
        days: The day meant by each, in order of time.
        bare: Whether nothing says which week is meant.
        start: Where it begins.
        end: Where it ends.

    """

    days: tuple[date, ...]
    bare: bool
    start: int
    end: int


def put_right(text: str) -> str:
    """Return a lower-case text with misspelt weekdays in their short form, every position unchanged."""
    return _WORD.sub(lambda match: _known(match[0]), text)


@lru_cache(REMEMBERED)
def _known(word: str) -> str:
    like = process.extractOne(word, NAMES, scorer=Indel.normalized_similarity, score_cutoff=_ALIKE)
    if like is None or word.rstrip("s") in NAMES:
        return word
    return like[0][:3].ljust(len(word))


def find_weekdays(text: str, today: date) -> Weekdays | None:
    """Return the weekdays that a text names for coming, or those it refuses when it names no others."""
    found = list(_NAMED.finditer(text))
    wanted = [match for match in found if not _REFUSED.search(text[: match.start()])]
    for match in wanted or found:
        how, after = match["how"] or "", match["after"] or ""
        days = sorted(_meant(number, how, after, today) for number in _numbers(match))
        bare = not after and not re.search(r"next|week|this", how)
        return Weekdays(tuple(days), bare, *match.span())
    return None


def within(weekdays: tuple[int, ...], first: date, last: date) -> list[date]:
    """Return the first day of each of these weekdays in a span of days, in order of time."""
    coming = (first + timedelta(days=(number - first.weekday()) % 7) for number in weekdays)
    return sorted(day for day in coming if day <= last)


def beside(text: str, start: int, end: int) -> tuple[int, int, int] | None:
    """Return the weekday that stands directly by the date at ``start`` to ``end``, and the span of both."""
    before, after = _BEFORE.search(text[:start]), _AFTER.search(text[end:])
    if before:
        return SHORT.index(before[1][:2]), before.start(), end
    return (SHORT.index(after[1][:2]), start, end + after.end()) if after else None


def _numbers(match: re.Match[str]) -> Iterator[int]:
    named = [SHORT.index(word[:2]) for word in re.findall(ANY_WEEKDAY, match["first"] + match["more"])]
    if re.search(r"-|\bto\b", match["more"]) and len(named) == 2:
        yield from ((named[0] + n) % 7 for n in range((named[1] - named[0]) % 7 + 1))
    else:
        yield from set(named)


def _meant(number: int, how: str, after: str, today: date) -> date:
    """Take a bare or "this" weekday as the coming one, "next" as that of the next calendar week."""
    ahead = (number - today.weekday()) % 7
    if ahead == 0 and "this" not in how:
        ahead = 7  # on a Sunday "Sunday" is the next one; for the same day people say today
    coming = today + timedelta(days=ahead)
    if "next" in how:
        monday = today - timedelta(days=today.weekday())
        coming = monday + timedelta(days=number, weeks=how.count("next"))
    return coming + timedelta(weeks=1 if "week" in after or "week on" in how else 0)
