"""Blocking time: a practitioner's or everybody's, which is then not offered."""

from __future__ import annotations

import asyncio
import re
import secrets
from datetime import timedelta

import sqlalchemy as sa
from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection, Row

from clinic.booking import blocked
from clinic.booking.blocked import Blocking
from clinic.booking.model import SlotTaken
from clinic.console.audit import record
from clinic.console.bookings import times
from clinic.console.bookings.calendar import day_of
from clinic.console.pages import page, see_other
from clinic.console.refused import Refused
from clinic.console.views import Asked, view
from clinic.database import appointments, blocked_times, database
from clinic.settings import now

LONGEST = timedelta(days=31)
LONGEST_REASON = 100
DONE = {"blocked": "Blocked; it is not offered any more.", "freed": "The time is free again."}


@view("/bookings/blocked", role="viewer")
def show(asked: Asked) -> HTTPResponse:
    """Show what is blocked from now on, and the form."""
    query = (
        sa.select(blocked_times)
        .where(blocked_times.c.ends_at > now())
        .order_by(blocked_times.c.starts_at, blocked_times.c.key, blocked_times.c.practitioner)
    )
    return _form(asked, asked.connection.execute(query).all())


def _form(asked: Asked, rows: list[Row], in_the_way: list[Row] | None = None) -> HTTPResponse:
    """Return the page; ``in_the_way`` is a list where nothing was blocked."""
    rules = times.diary()
    day = day_of(asked.argument("date")) or rules.today(now())
    typed = {
        "date": day,
        "time": "09:00",
        "until": day,
        "until_time": "17:00",
        "practitioner": "",
        "reason": "",
    }
    typed |= {name: asked.field(name) for name in typed if asked.field(name)}
    return page(
        asked,
        "bookings/blocked.html",
        practitioners=[p.name for p in rules.practitioners],
        typed=typed,
        key=asked.field("key") or secrets.token_urlsafe(16),
        rows=rows,
        done=DONE.get(asked.argument("done"), ""),
        in_the_way=in_the_way,
    )


@view("/bookings/blocked", role="manager", methods=("POST",))
async def block(asked: Asked) -> HTTPResponse:
    """Block time; where appointments are in the way, show them and ask."""
    return await asyncio.to_thread(_block, asked)


def _block(asked: Asked) -> HTTPResponse:
    wanted, engine = _wanted(asked), database()
    who = f"staff:{asked.me.name}"
    times_of = f"{wanted.start:%Y-%m-%dT%H:%MZ} to {wanted.end:%Y-%m-%dT%H:%MZ}"

    def witness(connection: Connection) -> None:
        record(connection, asked.me, "blocked time", f"{', '.join(wanted.practitioners)}: {times_of}")

    try:
        blocked.block(engine, wanted, who, now(), witness, around=bool(asked.field("around")))
    except SlotTaken:
        return _form(asked, [], _in_the_way(wanted))
    return see_other("/bookings/blocked?done=blocked")


def _wanted(asked: Asked) -> Blocking:
    """Return what the form asks for. Raises Refused (400)."""
    rules, key, practitioner = times.diary(), asked.field("key"), asked.field("practitioner")
    start = times.moment(asked.field("date"), asked.field("time"), rules)
    end = times.moment(asked.field("until"), asked.field("until_time"), rules)
    everybody = [p.name for p in rules.practitioners]
    if not re.fullmatch(r"[\w-]{10,36}", key) or practitioner not in {"", *everybody}:
        raise Refused(400)
    if not start < end or end <= now():
        raise Refused(400, "The end must be after the beginning and yet to come. Go back and change it.")
    if end - start > LONGEST:
        raise Refused(400, "At most 31 days are blocked at once; what is longer belongs into clinic.yml.")
    reason = asked.field("reason")[:LONGEST_REASON] or "not available"
    return Blocking(key, [practitioner] if practitioner else everybody, start, end, reason)


def _in_the_way(wanted: Blocking) -> list[Row]:
    row = appointments.c
    theirs = sa.select(appointments).where(
        row.status != "cancelled",
        row.practitioner.in_(wanted.practitioners),
        row.busy_from < wanted.end,
        row.busy_until > wanted.start,
    )
    with database().connect() as connection:
        return list(connection.execute(theirs.order_by(row.starts_at)))


@view("/bookings/blocked/<key>/free", role="manager", methods=("POST",))
async def free(asked: Asked, key: str) -> HTTPResponse:
    """Give blocked time back."""

    def witness(connection: Connection) -> None:
        record(connection, asked.me, "freed blocked time", f"blocking {key}")

    await asyncio.to_thread(blocked.unblock, database(), key, witness)
    return see_other("/bookings/blocked?done=freed")
