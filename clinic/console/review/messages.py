"""The review queue: one message after the other is accepted, corrected, or put aside."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sanic.response import HTTPResponse
from sqlalchemy.engine import Row

from clinic.console.audit import record
from clinic.console.pages import page, see_other
from clinic.console.refused import Refused
from clinic.console.tables import staff
from clinic.console.views import Asked, view
from clinic.learning import decisions, queue
from clinic.learning.knowledge import knowledge
from clinic.learning.tables import reviews

AT_ONCE = 60  # messages on a page
ORDERS = {"useful": (reviews.c.weight.desc(), reviews.c.id.desc()), "newest": (reviews.c.id.desc(),)}
LARGEST_NUMBER = 2**31 - 1
GONE = (
    "The message has been decided by somebody else meanwhile, or is part of the data already. Load the page."
)
_with_staff = sa.select(reviews, staff.c.name.label("by")).outerjoin(
    staff, staff.c.id == reviews.c.decided_by
)


@view("/review", role="reviewer", menu="Review")
def show(asked: Asked) -> HTTPResponse:
    """Show the messages of a state, the most useful or the newest first."""
    queue.catch_up(asked.connection, asked.at)
    state, order = asked.argument("state") or decisions.OPEN, asked.argument("order") or "useful"
    if state not in decisions.STATES or order not in ORDERS:
        raise Refused(400)
    query = _with_staff.where(reviews.c.state == state, *_page(asked, order)).order_by(*ORDERS[order])
    if tag := asked.argument("tag"):
        query = query.where((" " + reviews.c.tags + " ").contains(f" {tag} ", autoescape=True))
    rows = asked.connection.execute(query.limit(AT_ONCE + 1)).all()
    counted = sa.select(reviews.c.state, sa.func.count()).group_by(reviews.c.state)
    values: dict[str, Any] = {
        "knowledge": knowledge(),
        "states": decisions.STATES,
        "counts": dict(asked.connection.execute(counted).all()),
        "more": f"{rows[AT_ONCE - 1].weight}.{rows[AT_ONCE - 1].id}" if len(rows) > AT_ONCE else "",
        "chosen": {"state": state, "order": order, "tag": tag},
    }
    record(asked.connection, asked.me, "viewed the review queue", "")
    return page(asked, "review/queue.html", rows=rows[:AT_ONCE], **values)


def _page(asked: Asked, order: str) -> list[sa.sql.ColumnElement[bool]]:
    """Return the condition that begins behind the last message of the page before."""
    after = asked.argument("after")
    if not after:
        return []
    weight, _, number = after.partition(".")
    if not (weight.isdecimal() and number.isdecimal() and int(weight + number) <= LARGEST_NUMBER):
        raise Refused(400)
    if order == "newest":
        return [reviews.c.id < int(number)]
    return [sa.tuple_(reviews.c.weight, reviews.c.id) < sa.tuple_(int(weight), int(number))]


def found(asked: Asked, number: int) -> Row:
    """Return a message of the queue. Raises Refused (404)."""
    known = number <= LARGEST_NUMBER
    row = asked.connection.execute(_with_staff.where(reviews.c.id == number)).first() if known else None
    if row is None:
        raise Refused(404)
    return row


@view("/review/<number:int>/decide", role="reviewer", methods=("POST",))
def decide(asked: Asked, number: int) -> HTTPResponse:
    """Store a decision; ``was`` is the state that the person saw."""
    row, state, topic = found(asked, number), asked.field("state"), asked.field("topic") or None
    if state not in set(decisions.STATES) - {decisions.OPEN, decisions.NEW}:
        raise Refused(400)
    if state == decisions.ACCEPTED:
        topic = row.topic
    if state in {decisions.ACCEPTED, decisions.CORRECTED} and topic not in knowledge().topics:
        raise Refused(400, "There is no such topic. Choose one of the list, or write a new answer.")
    if row.state != asked.field("was"):
        raise Refused(409, GONE)
    try:
        decisions.decide(asked.connection, row, state, topic, asked.me.id, asked.at)
    except decisions.TooLate:
        raise Refused(409, GONE) from None
    return _changed(asked, row, f"reviewed a message: {state}")


@view("/review/<number:int>/undo", role="reviewer", methods=("POST",))
def undo(asked: Asked, number: int) -> HTTPResponse:
    """Open a message again."""
    row = found(asked, number)
    take_back(asked, row)
    return _changed(asked, row, "took a review back")


@view("/review/undo", role="reviewer", methods=("POST",))
def undo_latest(asked: Asked) -> HTTPResponse:
    """Open the message again that the person decided last."""
    row = decisions.latest_by(asked.connection, asked.me.id)
    if row is None:
        raise Refused(400, "There is no decision of yours to take back.")
    take_back(asked, row)
    record(asked.connection, asked.me, "took a review back", subject(row))
    return see_other("/review")


def subject(row: Row) -> str:
    """Return what the audit trail calls a message: its conversation, while there is one."""
    return f"conversation {row.conversation}" if row.conversation else f"review {row.id}"


def take_back(asked: Asked, row: Row) -> None:
    """Open a message again. Raises Refused (409)."""
    try:
        decisions.take_back(asked.connection, row)
    except decisions.TooLate:
        raise Refused(409, GONE) from None


@view("/review/<number:int>/note", role="reviewer", methods=("POST",))
def note(asked: Asked, number: int) -> HTTPResponse:
    """Store a note and tags."""
    row = found(asked, number)
    values = {
        "note": asked.field("note")[: decisions.LONGEST_NOTE] or None,
        "tags": " ".join(asked.field("tags").casefold().split())[: decisions.LONGEST_TAGS],
    }
    asked.connection.execute(reviews.update().where(reviews.c.id == number).values(values))
    return _changed(asked, row, "noted something on a message")


def _changed(asked: Asked, row: Row, action: str) -> HTTPResponse:
    record(asked.connection, asked.me, action, subject(row))
    return page(asked, "review/part_message.html", row=found(asked, row.id), knowledge=knowledge())
