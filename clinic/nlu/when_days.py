"""Days in words: dates, weekdays, and spans such as "next week"."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from clinic.nlu.when_weekdays import ANY_WEEKDAY, beside, find_weekdays, put_right, within

MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary|uary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
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
    weekdays: tuple[int, ...] = ()  # named without a date: "friday", "tuesday or wednesday"; 0 is Monday


Found = tuple[date, date]
_Reader = Callable[[re.Match[str], date, bool], Found]
_Pattern = tuple[re.Pattern[str], _Reader]


class _NoSuchDay(Exception):
    """A date that the calendar does not have."""


def find_days(text: str, today: date, month_first: bool) -> Days | None:
    """Return the first-ranked expression of days in a lower-case text, or None."""
    text = put_right(text)
    return (
        _dated_days(_found(text, _DATES, today, month_first), text)
        or _found(text, _RELATIVE, today, month_first)
        or _dated_days(_by_weekday(text, today), text)
        or _weekdays(text, today)
        or _found(text, _SPANS, today, month_first)
    )


def _found(text: str, patterns: list[_Pattern], today: date, month_first: bool = False) -> Days | None:
    for pattern, reader in patterns:
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


def _dated_days(days: Days | None, text: str) -> Days | None:
    """Return a date together with the weekday that stands by it; they may contradict each other."""
    first = days.first if days else None
    named = beside(text, days.start, days.end) if days and first else None
    if not days or not first or not named:
        return days
    weekday, start, end = named
    days = replace(days, start=start, end=end)
    if days.problem or first.weekday() == weekday:
        return days
    return replace(days, problem="contradiction", weekdays=(weekday,))


def _by_weekday(text: str, today: date) -> Days | None:
    """Return the day of the month that stands by a weekday: "friday 4th", "friday the 4th"."""
    day = _found(text, _SPANS[-1:], today)
    named = day and beside(text, day.start, day.end)
    return (
        day
        if day and named and (named[1] < day.start or re.search(r"[,(]", text[day.end : named[2]]))
        else None
    )


def _weekdays(text: str, today: date) -> Days | None:
    """Return the weekdays named; a week or month named beside a bare one says which is meant."""
    found = find_weekdays(text, today)
    if not found:
        return None
    numbers = tuple(day.weekday() for day in found.days)
    span = _found(text, _SPANS[:-1], today) if found.bare else None
    if span and span.first and span.last:
        inside = within(numbers, span.first, span.last)
        if inside:
            start, end = min(found.start, span.start), max(found.end, span.end)
            return Days(inside[0], inside[-1], start, end, weekdays=numbers if len(inside) > 1 else ())
    bare = numbers if found.bare or len(numbers) > 1 else ()
    return Days(found.days[0], found.days[-1], found.start, found.end, weekdays=bare)


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
        days={"early": 0, "middle": 2, "mid": 2, "late": 3, "end": 3}.get(match["part"] or "", 0)
    )
    last = monday + timedelta(days=2 if match["part"] == "early" else 6)
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
    if match["part"] in {"late", "end"}:
        first = last - timedelta(days=9)
    elif match["part"] in {"early", "beginning", "start"}:
        last = first + timedelta(days=9)
    return max(first, today), last


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


def _compiled(*rules: tuple[str, _Reader]) -> list[_Pattern]:
    return [(re.compile(pattern), reader) for pattern, reader in rules]


_DATES = _compiled(
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
)
_RELATIVE = _compiled(
    (rf"\b(?:yesterday|last night|last (?:week|month|year|{ANY_WEEKDAY}))", _past),
    (r"\bday after (?:tomorrow|tmrw|tmr|tomoz)\b", _relative),
    (r"\b(?:today|tonight|this (?=morning|afternoon|evening|arvo|aft))", _relative),
    (r"\b(?:tom+or+ow|tomorow|tmrw|tmr|tmro|tmw|tomoz|2moro|2morrow|tomorrow|tmoz)(?:'?s)?\b", _relative),
)
_SPANS = _compiled(
    (rf"\bin {COUNT}\s+(?P<unit>days?|weeks?|fortnights?|months?)(?:'?s)?(?: time)?\b", _in_some),
    (rf"\b{COUNT}\s+(?P<unit>days?|weeks?|fortnights?)(?: from now| time|'s? time)\b", _in_some),
    (rf"\b(?:{_PARTS}\s+(?:of\s+)?)?(?:(?:the\s+)?week after next|next week|this week)\b", _week),
    (r"\b(?:this |next |the |at the |on the )?weekend\b", _weekend),
    (rf"\b{_PARTS}\s+(?:(?:of|in)\s+)?(?:(?P<next>next month|this month)|{MONTH})", _month),
    (rf"\b(?P<part>)(?:next month|this month|(?:in|of|for)\s+{MONTH})", _month),
    (r"\b(?:the\s+|on\s+the\s+)?(?P<day>\d{1,2})(?:st|nd|rd|th)\b", _day_only),
)
