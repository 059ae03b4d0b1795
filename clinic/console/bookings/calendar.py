"""The calendar: a week or a day, with everybody's appointments, opening hours and blocked time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

import sqlalchemy as sa
from sanic import response
from sanic.response import HTTPResponse

from clinic.booking import taken
from clinic.booking.diary import diary_of
from clinic.booking.model import Diary
from clinic.booking.taken import Held
from clinic.console.audit import record
from clinic.console.bookings import layout
from clinic.console.bookings.layout import Piece
from clinic.console.pages import page
from clinic.console.refused import Refused
from clinic.console.views import Asked, view
from clinic.database import appointments, blocked_times, busy_times
from clinic.settings import clinic, now

WEEK = 7
FIRST, LAST = date(1970, 1, 1), date(2199, 12, 31)
LANES = 24  # people beside each other
LANE_REMS = 5  # how wide a person's part of a day is in the week, so that names have room


@view("/bookings", role="viewer", menu="Bookings")
def show(asked: Asked) -> HTTPResponse:
    """Show a week from Monday on, or a day (?view=day), of everybody or one (?practitioner=)."""
    diary, practitioner = diary_of(clinic()), asked.argument("practitioner")
    day = day_of(asked.argument("date")) or diary.today(now())
    is_week = asked.argument("view") != "day"
    first = day - timedelta(days=day.weekday()) if is_week else day
    days = [first + timedelta(days=n) for n in range(WEEK if is_week else 1)]
    if practitioner:
        diary = replace(diary, practitioners=diary.only(practitioner).practitioners)
    pieces = [p for p in _pieces(asked, diary, days) if practitioner in {"", p.practitioner}]
    record(asked.connection, asked.me, "viewed bookings", f"{days[0]} to {days[-1]}")
    shown = {"view": "week" if is_week else "day"} | ({"practitioner": practitioner} if practitioner else {})
    step = timedelta(days=len(days))

    def address(**changes: object) -> str:
        return f"/bookings?{urlencode(shown | {'date': day} | changes)}"

    return page(
        asked,
        "bookings/calendar.html",
        calendar=layout.calendar(diary, days, pieces, now()),
        is_week=is_week,
        day=day,
        address=address,
        earlier=address(date=first - step),
        later=address(date=first + step),
        today=address(date=diary.today(now())),
        practitioner=practitioner,
        practitioners=[p.name for p in diary_of(clinic()).practitioners],
    )


def day_of(text: str) -> date | None:
    """Return the day that an address or a form names, or None for none. Raises Refused (400)."""
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        day = date.min
    if day and not FIRST <= day <= LAST:
        raise Refused(400, "That is no date. Go back and choose another.")
    return day


def _pieces(asked: Asked, diary: Diary, days: list[date]) -> list[Piece]:
    """Return what is on these local days, in order of time."""
    start = datetime.combine(days[0], time(), diary.zone).astimezone(UTC)
    end = datetime.combine(days[-1] + timedelta(days=1), time(), diary.zone).astimezone(UTC)
    row = appointments.c
    on = sa.select(appointments).where(row.status != "cancelled", row.busy_until > start, row.busy_from < end)
    visits = [
        Piece(
            kind="visit",
            practitioner=one.practitioner,
            start=one.starts_at,
            end=one.ends_at,
            title=one.client_name,
            link=f"/bookings/{one.reference}",
            detail=f"{one.service}{f', {one.room}' if one.room else ''}",
            status=one.status,
            before=one.starts_at - one.busy_from,
            after=one.busy_until - one.ends_at,
        )
        for one in asked.connection.execute(on)
    ]
    visits += [_held(one, diary) for one in taken.holds(asked.connection, start, end, now())]
    others = [piece for table in (blocked_times, busy_times) for piece in _taken(asked, table, start, end)]
    return sorted([*visits, *others], key=lambda piece: (piece.start, piece.practitioner))


def _held(one: Held, diary: Diary) -> Piece:
    """Return what a visitor is deciding about; staff see why it is not offered, and how long."""
    until = f"Held until {one.expires_at.astimezone(diary.zone):%H:%M}"
    return Piece("held", one.practitioner, one.starts_at, one.ends_at, until, detail="A visitor is deciding")


def _taken(asked: Asked, table: sa.Table, start: datetime, end: datetime) -> list[Piece]:
    """Return blocked time, or what stands in practitioners' other calendars."""
    is_ours = table is blocked_times
    query = sa.select(table).where(table.c.ends_at > start, table.c.starts_at < end)
    return [
        Piece(
            kind="blocked" if is_ours else "elsewhere",
            practitioner=one.practitioner,
            start=one.starts_at,
            end=one.ends_at,
            title=f"Blocked: {one.reason}" if is_ours else "Busy (another calendar)",
            link="/bookings/blocked" if is_ours else "",
        )
        for one in asked.connection.execute(query)
    ]


@view("/bookings/places.css", role="viewer")
def places(_asked: Asked) -> HTTPResponse:
    """Return the classes of layout.Place: r1 the first row, n12 an hour long, c1 the first lane of w2.

    m2 is a week of two lanes.
    """
    rows = 24 * layout.ROWS_AN_HOUR
    css = [f".r{n}{{grid-row-start:{n}}}.n{n}{{grid-row-end:span {n}}}" for n in range(1, rows + 1)]
    css += [
        f".c{n}{{grid-column:{n}}}.w{n}{{grid-template-columns:repeat({n},minmax(0,1fr))}}"
        for n in range(1, LANES + 1)
    ]
    css += [f".m{n}{{min-width:max(56rem,{3 + 7 * LANE_REMS * n}rem)}}" for n in range(1, LANES + 1)]
    text = f"@media print,(min-width:60rem){{{''.join(css)}}}"
    headers = {"Cache-Control": "private, max-age=86400"}
    return response.text(text, headers=headers, content_type="text/css; charset=utf-8")
