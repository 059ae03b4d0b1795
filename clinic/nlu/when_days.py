"""Days in words: weekdays, dates, and spans such as "next week"."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

WEEKDAY = (
    r"(?P<weekday>mon(?:day)?|tue(?:s|sday)?|tuseday|wed(?:s|nesday)?|wensday|wednsday|thu(?:r|rs|rsday|rday)?"
    r"|thurdsay|fri(?:day)?|sat(?:urday|erday)?|sun(?:day)?)s?\b(?! ?(?:damage|screen|block|spots?|burn\w*|tan\w*|cream|exposure|bed))"
)
MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary|uary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
NUMBERS = {"a": 1, "one": 1, "two": 2, "couple of": 2, "three": 3, "four": 4, "five": 5, "six": 6}
COUNT = r"(?P<count>\d{1,2}|a couple of|a|one|two|three|four|five|six)"


@dataclass(frozen=True)
class Days:
    """A span of local days found in a text at ``start`` to ``end``."""

    first: date | None
    last: date | None
    start: int
    end: int
    problem: str | None = None
    evening: bool = False


Found = tuple[date, date]


class _NoSuchDay(Exception):
    """A date that the calendar does not have."""


def find_days(text: str, today: date, month_first: bool) -> Days | None:
    """Return the first-ranked expression of days in a lower-case text, or None."""
    for pattern, reader in _PATTERNS:
        match = pattern.search(text)
        if not match:
            continue
        try:
            first, last = reader(match, today, month_first)
        except _NoSuchDay:
            return Days(None, None, *match.span(), problem="impossible")
        if last < today:
            return Days(first, last, *match.span(), problem="past")
        return Days(max(first, today), last, *match.span(), evening="tonight" in match[0])
    return None


def _iso(match: re.Match[str], _today: date, _month_first: bool) -> Found:
    return _one(_date(int(match["y"]), int(match["m"]), int(match["d"])))


def _numeric(match: re.Match[str], today: date, month_first: bool) -> Found:
    first, second = int(match["a"]), int(match["b"])
    day, month = (second, first) if month_first else (first, second)
    if month > 12 >= day:
        day, month = month, day
    return _one(_dated(day, month, match["y"], today))


def _day_month(match: re.Match[str], today: date, _month_first: bool) -> Found:
    month = MONTHS.index(match["month"][:3]) + 1
    return _one(_dated(int(match["day"]), month, match["year"], today))


def _day_only(match: re.Match[str], today: date, _month_first: bool) -> Found:
    """Read "the 3rd": of this month, or of the next when that has passed."""
    day, month, year = int(match["day"]), today.month, today.year
    if not 1 <= day <= 31:
        raise _NoSuchDay
    for _ in range(12):
        if day <= calendar.monthrange(year, month)[1] and date(year, month, day) >= today:
            return _one(date(year, month, day))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    raise _NoSuchDay


def _weekday(match: re.Match[str], today: date, _month_first: bool) -> Found:
    """Take a bare or "this" weekday as the coming one, "next" as that of the next calendar week."""
    number = DAYS.index(match["weekday"][:2])
    nexts = (match["how"] or "").count("next")
    after = re.search(r"week", match["after"] or "") or "week on" in (match["how"] or "")
    ahead = (number - today.weekday()) % 7
    if ahead == 0 and "this" not in (match["how"] or ""):
        ahead = 7  # on a Sunday "Sunday" is the next one; for the same day people say today
    coming = today + timedelta(days=ahead)
    if nexts:
        monday = today - timedelta(days=today.weekday())
        coming = monday + timedelta(days=number, weeks=nexts)
    return _one(coming + timedelta(weeks=1 if after else 0))


def _relative(match: re.Match[str], today: date, _month_first: bool) -> Found:
    word = match[0]
    if word.startswith("day after"):
        return _one(today + timedelta(days=2))
    return _one(today + timedelta(days=0 if word.startswith(("today", "tonight", "this ", "now")) else 1))


def _past(_match: re.Match[str], today: date, _month_first: bool) -> Found:
    return _one(today - timedelta(days=1))


def _in_some(match: re.Match[str], today: date, _month_first: bool) -> Found:
    text = match["count"].removeprefix("a ") if "couple" in match["count"] else match["count"]
    count = int(text) if text.isdigit() else NUMBERS[text]
    day = today + timedelta(days=count * {"d": 1, "w": 7, "f": 14, "m": 30}[match["unit"][0]])
    return _one(day) if match["unit"][0] == "d" else (day, day + timedelta(days=6))


def _week(match: re.Match[str], today: date, _month_first: bool) -> Found:
    weeks = 2 if "after next" in match[0] else 1 if "next" in match[0] else 0
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=weeks)
    first = monday + timedelta(
        days={"early": 0, "middle": 2, "mid": 2, "late": 3, "end": 3}.get(_part(match) or "", 0)
    )
    last = monday + timedelta(days=2 if _part(match) == "early" else 6)
    return max(first, today), max(last, today)


def _weekend(match: re.Match[str], today: date, _month_first: bool) -> Found:
    saturday = today + timedelta(days=5 - today.weekday())
    saturday += timedelta(weeks=1 if "next" in match[0] else 0)
    return max(saturday, today), saturday + timedelta(days=1)


def _month(match: re.Match[str], today: date, _month_first: bool) -> Found:
    if match["month"]:
        number = MONTHS.index(match["month"][:3]) + 1
        year = today.year + (number < today.month)
    else:
        year, number = (today.year + today.month // 12, today.month % 12 + 1)
        if "this" in match[0]:
            year, number = today.year, today.month
    last = date(year, number, calendar.monthrange(year, number)[1])
    first = date(year, number, 1)
    if _part(match) in {"late", "end"}:
        first = last - timedelta(days=9)
    elif _part(match) in {"early", "beginning", "start"}:
        last = first + timedelta(days=9)
    return max(first, today), last


def _part(match: re.Match[str]) -> str | None:
    return match.groupdict().get("part")


def _one(day: date) -> Found:
    return day, day


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise _NoSuchDay from None


def _dated(day: int, month: int, year: str | None, today: date) -> date:
    """Return the date; without a year the next one there is (29 February may be years ahead)."""
    if year:
        return _date(int(year) + (2000 if int(year) < 100 else 0), month, day)
    if not 1 <= month <= 12 or not 1 <= day <= (29 if month == 2 else calendar.monthrange(2023, month)[1]):
        raise _NoSuchDay
    for candidate in range(today.year, today.year + 9):
        if day <= calendar.monthrange(candidate, month)[1] and date(candidate, month, day) >= today:
            return date(candidate, month, day)
    raise _NoSuchDay


_PARTS = r"(?P<part>early|mid(?:dle)?|late|end|beginning|start)"
_Reader = Callable[[re.Match[str], date, bool], Found]
_PATTERNS: list[tuple[re.Pattern[str], _Reader]] = [
    (re.compile(pattern), reader)
    for pattern, reader in (
        (r"\b(?P<y>20\d\d)-(?P<m>\d\d?)-(?P<d>\d\d?)\b", _iso),
        (
            rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s*(?:of\s+)?{MONTH}(?:,?\s*(?P<year>(?:19|20)\d\d)\b)?",
            _day_month,
        ),
        (
            rf"\b{MONTH}\s*(?:the\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:,?\s*(?P<year>(?:19|20)\d\d)\b)?",
            _day_month,
        ),
        (
            r"\b(?<!is )(?<!was )(?!24/7\b)(?P<a>\d{1,2})[/](?P<b>\d{1,2})(?:[/](?P<y>(?:19|20)\d\d|\d\d))?\b(?!\s*(?:an? )?hours?)",
            _numeric,
        ),
        (r"\b(?P<a>\d{1,2})\.(?P<b>\d{1,2})\.(?P<y>20\d\d|\d\d)\b", _numeric),
        (rf"\b(?:yesterday|last night|last (?:week|month|year|{WEEKDAY}))", _past),
        (r"\bday after (?:tomorrow|tmrw|tmr|tomoz)\b", _relative),
        (r"\b(?:today|tonight|this (?=morning|afternoon|evening|arvo|aft))", _relative),
        (r"\b(?:tom+or+ow|tomorow|tmrw|tmr|tmro|tmw|tomoz|2moro|2morrow|tomorrow|tmoz)(?:'?s)?\b", _relative),
        (
            rf"\b(?P<how>(?:next\s+)+|this(?: coming)?\s+|coming\s+|(?:a\s+)?week on\s+|on\s+|for\s+)?{WEEKDAY}"
            r"(?P<after>\s+(?:week|after next|next week))?",
            _weekday,
        ),
        (rf"\bin {COUNT}\s+(?P<unit>days?|weeks?|fortnights?|months?)(?:'?s)?(?: time)?\b", _in_some),
        (rf"\b{COUNT}\s+(?P<unit>days?|weeks?|fortnights?)(?: from now| time|'s? time)\b", _in_some),
        (rf"\b(?:{_PARTS}\s+(?:of\s+)?)?(?:(?:the\s+)?week after next|next week|this week)\b", _week),
        (r"\b(?:this |next |the |at the |on the )?weekend\b", _weekend),
        (r"\b(?:the\s+|on\s+the\s+)?(?P<day>\d{1,2})(?:st|nd|rd|th)\b", _day_only),
        (rf"\b{_PARTS}\s+(?:(?:of|in)\s+)?(?:(?P<next>next month|this month)|{MONTH})", _month),
        (rf"\b(?:next month|this month|(?:in|of|for)\s+{MONTH})", _month),
    )
]
