"""The list of appointments: found by name, reference or contact, by status and by date."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from sanic.response import HTTPResponse

from clinic.booking.model import STATUSES
from clinic.console.audit import record
from clinic.console.bookings.calendar import day_of
from clinic.console.pages import page
from clinic.console.refused import Refused
from clinic.console.views import Asked, view
from clinic.database import appointments
from clinic.settings import clinic

PAGE = 50
ENOUGH_DIGITS = 4  # to look for a part of a phone number
FILTERS = ("q", "status", "practitioner", "since", "until")


@view("/bookings/list", role="viewer")
def show(asked: Asked) -> HTTPResponse:
    """Show the appointments that all filters allow, the latest first, a page at a time."""
    asks = {name: asked.argument(name) for name in FILTERS}
    row = appointments.c
    query = sa.select(appointments).where(*_conditions(asks), *_after(asked.argument("after")))
    found = asked.connection.execute(
        query.order_by(row.starts_at.desc(), row.id.desc()).limit(PAGE + 1)
    ).all()
    record(asked.connection, asked.me, "searched bookings" if asks["q"] else "viewed bookings", "list")
    rows = found[:PAGE]
    more = ""
    if len(found) > PAGE:
        last = f"{rows[-1].starts_at.isoformat()}~{rows[-1].id}"
        more = f"/bookings/list?{urlencode({k: v for k, v in asks.items() if v} | {'after': last})}"
    people = [p.name for p in clinic().practitioners]
    return page(
        asked, "bookings/list.html", rows=rows, asks=asks, more=more, statuses=STATUSES, practitioners=people
    )


def _conditions(asks: dict[str, str]) -> list[Any]:
    row, conditions = appointments.c, []
    if asks["q"]:
        conditions.append(_found(asks["q"]))
    conditions += [getattr(row, name) == asks[name] for name in ("status", "practitioner") if asks[name]]
    since, until = day_of(asks["since"]), day_of(asks["until"])
    conditions += [row.starts_at >= _midnight(since)] if since else []
    conditions += [row.starts_at < _midnight(until + timedelta(days=1))] if until else []
    return conditions


def _found(text: str) -> sa.sql.ColumnElement[bool]:
    """Return the condition for words in the name, a reference, or a part of the contact."""
    row, words = appointments.c, text.casefold()
    digits = re.sub(r"\D", "", text).lstrip("0")
    places: list[sa.sql.ColumnElement[bool]] = [
        sa.func.lower(column).contains(words, autoescape=True)
        for column in (row.client_name, row.client_contact, row.client_email)
    ]
    reference = re.sub(r"[\s-]", "", text).upper()
    places.append(row.reference == f"{reference[:3]}-{reference[3:]}")
    if len(digits) >= ENOUGH_DIGITS:
        places.append(row.client_contact.contains(digits, autoescape=True))
    return sa.or_(*places)


def _after(text: str) -> list[Any]:
    """Return the condition for what comes after the last row of a page. Raises Refused (400)."""
    if not text:
        return []
    start, _, number = text.partition("~")
    try:
        at, identity = datetime.fromisoformat(start), int(number)
    except ValueError:
        raise Refused(400) from None
    row = appointments.c
    if at.tzinfo is None:
        raise Refused(400)
    return [sa.or_(row.starts_at < at, (row.starts_at == at) & (row.id < identity))]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clinic().zone).astimezone(UTC)
