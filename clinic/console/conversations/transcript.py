"""One conversation: opens at its latest lines; earlier ones come when they are asked for."""

from __future__ import annotations

from typing import Any

from sanic.response import HTTPResponse

from clinic.console.audit import record
from clinic.console.conversations import reading, same_person
from clinic.console.conversations.wording import name_in
from clinic.console.pages import page
from clinic.console.refused import Refused
from clinic.console.views import Asked, view
from clinic.conversation import takeover


@view("/conversations/<part>", role="viewer")
def show(asked: Asked, part: str) -> HTTPResponse:
    """Show the latest lines, what came of it, and who answers."""
    name = name_in(part)
    row = existing(asked, name)
    record(asked.connection, asked.me, "viewed transcript", f"conversation {name}")
    newest = reading.newest(asked.connection, name)
    lines, earlier = reading.latest(asked.connection, name)
    values: dict[str, Any] = {"lines": lines, "earlier": earlier, "newest": newest}
    booked = reading.bookings(asked.connection, name)
    values |= {"booked": booked, "others": same_person.others(asked.connection, name)}
    return page(asked, "conversations/transcript.html", one=row, **values, **state(asked, name))


@view("/conversations/<part>/earlier", role="viewer")
def earlier(asked: Asked, part: str) -> HTTPResponse:
    """Return the lines before an event, for the top of the transcript."""
    name = name_in(part)
    row = existing(asked, name)
    record(asked.connection, asked.me, "viewed transcript", f"conversation {name}")
    lines, before = reading.latest(asked.connection, name, asked.number("before"))
    return page(asked, "conversations/part_earlier.html", one=row, lines=lines, earlier=before)


def existing(asked: Asked, name: str) -> dict[str, Any]:
    """Return a conversation's row. Raises Refused (404)."""
    row = reading.row_of(asked.connection, name)
    if row is None:
        raise Refused(404)
    return row


def state(asked: Asked, name: str) -> dict[str, Any]:
    """Return who has a conversation, as the page shows it."""
    taken = takeover.of(asked.connection, name)
    return {"taken": taken, "mine": taken is not None and taken.staff_id == asked.me.id}
