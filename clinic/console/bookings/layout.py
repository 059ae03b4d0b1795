"""Where everything stands in the calendar: rows of five minutes by the clinic's clock, a lane a person.

A page's style may not be written into it (its policy forbids that), so that places are classes, which a
style sheet of the console's own defines: clinic/console/bookings/calendar.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from clinic.booking.model import Diary

ROW = timedelta(minutes=5)
ROWS_AN_HOUR = 12
SHORT = 6  # rows: of so many the time is not written out, for its place shows it, and the name is
USUAL_HOURS = (9, 17)  # of a week in which nothing happens


@dataclass(frozen=True)
class Piece:
    """Something that takes a practitioner's time.

    Attributes:
        kind: ``visit``, ``held`` (for a visitor), ``blocked`` or ``elsewhere``.
        practitioner: Whose.
        start: Aware.
        end: Aware.
        title: Its words.
        link: The page behind it, or an empty text.
        detail: More words.
        status: Of an appointment.
        before: Rows that are kept free before it.
        after: Rows that are kept free after it.

    """

    kind: str
    practitioner: str
    start: datetime
    end: datetime
    title: str
    link: str = ""
    detail: str = ""
    status: str = ""
    before: timedelta = timedelta()
    after: timedelta = timedelta()


@dataclass(frozen=True)
class Place:
    """A stretch of a lane: ``row`` and ``lane`` count from 1; ``piece`` is None for opening hours."""

    lane: int
    row: int
    rows: int
    piece: Piece | None = None
    clock: str = ""

    @property
    def classes(self) -> str:
        """Return the classes that put it there."""
        return f"r{self.row} n{self.rows} c{self.lane}{' short' if self.rows <= SHORT else ''}"

    @property
    def whole(self) -> str:
        """Return all its words, for where there is little room."""
        words = (self.clock, self.piece.title, self.piece.detail) if self.piece else ()
        return ", ".join(word for word in words if word)


@dataclass
class Day:
    """One day: ``lanes`` are the practitioners' names in order, ``hours`` says when somebody works."""

    day: date
    title: str
    hours: str
    is_today: bool
    lanes: list[str]
    open: list[Place] = field(default_factory=list)
    kept: list[Place] = field(default_factory=list)  # before and after appointments
    taken: list[Place] = field(default_factory=list)


@dataclass(frozen=True)
class Calendar:
    """Some days beside each other, from the first to the last hour that any of them needs."""

    days: list[Day]
    first_hour: int
    last_hour: int

    @property
    def marks(self) -> list[tuple[int, str]]:
        """Return (row, clock) of each full hour."""
        hours = range(self.first_hour, self.last_hour)
        return [((hour - self.first_hour) * ROWS_AN_HOUR + 1, f"{hour:02}:00") for hour in hours]


def calendar(diary: Diary, days: list[date], pieces: list[Piece], now: datetime) -> Calendar:
    """Lay pieces out over local days.

    Args:
        diary: The booking rules, with the practitioners that are shown.
        days: Local days, in order.
        pieces: What is on them, and perhaps before or after, in order of time.
        now: Aware current time.

    """
    known = [p.name for p in diary.practitioners]
    former = sorted(
        {piece.practitioner for piece in pieces} - set(known)
    )  # whose appointments are still there
    first, last = _hours(diary, days, pieces)
    made = [_day(diary, day, [*known, *former], now) for day in days]
    for one in made:
        _open(diary, one, first, last)
        for piece in pieces:
            _put(diary, one, piece, first, last)
    return Calendar(made, first, last)


def _hours(diary: Diary, days: list[date], pieces: Iterable[Piece]) -> tuple[int, int]:
    """Return the first hour to show and the one after the last."""
    spans = [span for day in days for span in _spans(diary, day)]
    local = [
        (piece.start.astimezone(diary.zone), piece.end.astimezone(diary.zone))
        for piece in pieces
        if piece.kind == "visit"
    ]
    inside = [pair for pair in local if pair[0].date() in days]
    starts = [start.hour for start, _ in spans] + [start.hour for start, _ in inside]
    ends = [_up(end) for _, end in spans]
    ends += [_up(end.time()) if start.date() == end.date() else 24 for start, end in inside]
    return min(starts, default=USUAL_HOURS[0]), max(ends, default=USUAL_HOURS[1])


def _spans(diary: Diary, day: date) -> list[tuple[time, time]]:
    """Return when anybody works on a day."""
    return [] if day in diary.closed else [span for p in diary.practitioners for span in p.works(day)]


def _up(at: time) -> int:
    return at.hour + (at.minute > 0)


def _day(diary: Diary, day: date, lanes: list[str], now: datetime) -> Day:
    spans = _spans(diary, day)
    hours = f"{min(spans)[0]:%H:%M} to {max(end for _, end in spans):%H:%M}" if spans else "closed"
    return Day(day, f"{day:%a} {day.day} {day:%b}", hours, day == diary.today(now), lanes)


def _open(diary: Diary, one: Day, first: int, last: int) -> None:
    """Add the working hours."""
    if one.day in diary.closed:
        return
    for lane, practitioner in enumerate(diary.practitioners, 1):
        for opens, closes in practitioner.works(one.day):
            start = _row(opens, first)
            one.open.append(Place(lane, start, min(_row(closes, first), _end(first, last)) - start))


def _put(diary: Diary, one: Day, piece: Piece, first: int, last: int) -> None:
    """Add a piece, or the part of it that lies on this day, with the time kept free around it."""
    midnights = [datetime.combine(one.day + timedelta(days=n), time(), diary.zone) for n in (0, 1)]
    start, end = piece.start.astimezone(diary.zone), piece.end.astimezone(diary.zone)
    if not (piece.start < midnights[1] and piece.end > midnights[0]):
        return
    row = _row(start.time(), first) if start.date() == one.day else 1
    until = _row(end.time(), first) if end.date() == one.day else _end(first, last)
    row, until = (max(1, min(at, _end(first, last))) for at in (row, until))
    if until <= row and piece.kind != "visit":
        return  # outside of the hours that are shown
    lane = one.lanes.index(piece.practitioner) + 1
    clock = f"{start:%H:%M}-{end:%H:%M}" if start.date() == end.date() else _long(start, end)
    one.taken.append(Place(lane, row, max(1, until - row), piece, clock))
    before = min(-(-piece.before // ROW), row - 1)
    after = min(-(-piece.after // ROW), _end(first, last) - until)
    one.kept += [Place(lane, row - before, before)] if before else []
    one.kept += [Place(lane, until, after)] if after else []


def _long(start: datetime, end: datetime) -> str:
    return f"{start.day} {start:%b} {start:%H:%M} - {end.day} {end:%b} {end:%H:%M}"


def _row(at: time, first: int) -> int:
    """Return the row in which a wall-clock time lies; before the first hour it is no row's number."""
    return (at.hour - first) * ROWS_AN_HOUR + at.minute // 5 + 1


def _end(first: int, last: int) -> int:
    return (last - first) * ROWS_AN_HOUR + 1
