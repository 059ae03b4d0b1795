"""The calendar file of an appointment, and the feed that a practitioner subscribes to."""

from __future__ import annotations

from sanic import response
from sanic.response import HTTPResponse

from clinic.booking import feeds, links
from clinic.booking.feeds import NoSuchFeed
from clinic.booking.links import LinkInvalid
from clinic.booking.visits import visit
from clinic.channels.appointment_template import HEADERS
from clinic.database import database
from clinic.settings import clinic, now

TEXT = "text/calendar; charset=utf-8"


def calendar_file(token: str) -> HTTPResponse:
    """Return an appointment as a calendar file. Raises LinkInvalid, LinkExpired."""
    from clinic.booking import calendar, entries  # noqa: PLC0415 (9 MB that the assistant may never need)

    found = visit(database(), links.opened(token, links.CALENDAR))
    content = calendar.invitation(entries.for_client(found, clinic()), clinic().zone)
    headers = HEADERS | {"Content-Disposition": 'attachment; filename="appointment.ics"'}
    return response.raw(content, headers=headers, content_type=TEXT)


def feed(secret: str) -> HTTPResponse:
    """Return a practitioner's feed. Raises LinkInvalid."""
    try:
        content = feeds.feed(database(), secret, clinic(), now())
    except NoSuchFeed:
        raise LinkInvalid from None
    return response.raw(content, headers=HEADERS, content_type=TEXT)
