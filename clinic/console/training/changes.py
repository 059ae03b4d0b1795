"""What the pending decisions would change in the data: shown as a difference, applied, taken back."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa
from sanic.response import HTTPResponse

from clinic.console.audit import record
from clinic.console.pages import page, see_other
from clinic.console.refused import Refused
from clinic.console.review.messages import found, subject, take_back
from clinic.console.views import Asked, view
from clinic.database import database
from clinic.learning import change_sets, decisions, proposal
from clinic.learning.change_sets import ChangedMeanwhile
from clinic.learning.knowledge import ANSWERED
from clinic.learning.tables import new_topics, reviews
from clinic.settings import environment

CHANGED = "A file was changed since this page was loaded ({}). Look at the difference again."
LATER = "These files were changed since, by hand or by later changes: {}. Take the later changes back first."
NOTHING = "Nothing is pending: it was applied or taken back meanwhile."


@view("/training/changes", role="reviewer")
def show(asked: Asked) -> HTTPResponse:
    """Show what is pending and what it would change."""
    return _show(asked, proposal.proposed(asked.connection))


def _show(
    asked: Asked, proposed: proposal.Proposal | None, problem: str = "", status: int = 200
) -> HTTPResponse:
    values = {"proposal": proposed, "problem": problem or (proposed.problem if proposed else "")}
    return page(asked, "training/changes.html", status, **values)


@view("/training/changes/apply", role="manager", methods=("POST",))
async def apply(asked: Asked) -> HTTPResponse:
    """Let Rasa check the changes on a copy of the data, then apply them: exactly those that were shown."""
    shown = await asyncio.to_thread(_shown, asked)
    assert shown.changes
    try:
        faults = await proposal.faults(shown.changes)
    except ChangedMeanwhile as changed:
        raise Refused(409, CHANGED.format(changed)) from None
    if faults:
        return await asyncio.to_thread(
            _show, asked, shown, f"Rasa does not accept the changes:\n{faults}", 400
        )
    await asyncio.to_thread(_apply, asked)
    return see_other("/training")


def _shown(asked: Asked) -> proposal.Proposal:
    with database().connect() as connection:
        return _as_shown(asked, proposal.proposed(connection))


def _as_shown(asked: Asked, proposed: proposal.Proposal | None) -> proposal.Proposal:
    """Return what is pending when it is what the person saw. Raises Refused (409)."""
    if proposed is None or proposed.changes is None:
        raise Refused(409, NOTHING if proposed is None else proposed.problem)
    if proposed.changes.digest != asked.field("digest"):
        raise Refused(409, CHANGED.format("or something else was decided"))
    return proposed


def _apply(asked: Asked) -> None:
    with database().begin() as connection:
        proposed = _as_shown(asked, proposal.proposed(connection))
        assert proposed.changes
        try:
            number = change_sets.apply(connection, proposed.changes, proposed.summary, asked.me.id, asked.at)
        except ChangedMeanwhile as changed:
            raise Refused(409, CHANGED.format(changed)) from None
        proposal.mark_applied(connection, proposed, number)
        record(connection, asked.me, "changed the data", f"change {number}")


@view("/training/changes/<number:int>/undo", role="manager", methods=("POST",))
def undo(asked: Asked, number: int) -> HTTPResponse:
    """Give the files the content they had before a set of changes."""
    folder = environment().knowledge_folder
    try:
        undone = change_sets.take_back(asked.connection, number, folder, asked.me.id, asked.at)
    except ChangedMeanwhile as changed:
        raise Refused(409, LATER.format(changed)) from None
    if not undone:
        raise Refused(409)
    record(asked.connection, asked.me, "took a change of the data back", f"change {number}")
    return see_other("/training")


@view("/training/changes/leave/<number:int>", role="reviewer", methods=("POST",))
def leave_out(asked: Asked, number: int) -> HTTPResponse:
    """Put a decided message back into the queue, so that it teaches nothing."""
    row = found(asked, number)
    take_back(asked, row)
    record(asked.connection, asked.me, "took a review back", subject(row))
    return see_other("/training/changes")


@view("/training/changes/drop/<number:int>", role="reviewer", methods=("POST",))
def drop(asked: Asked, number: int) -> HTTPResponse:
    """Drop a new answer that is not part of the data; its messages go back into the queue."""
    pending = (new_topics.c.id == number) & new_topics.c.change_id.is_(None)
    row = asked.connection.execute(sa.select(new_topics).where(pending)).first()
    if row is None:
        raise Refused(404)
    theirs = (reviews.c.decided_topic == f"{ANSWERED}{row.name}") & (reviews.c.state == decisions.NEW)
    for review in asked.connection.execute(sa.select(reviews).where(theirs)).all():
        take_back(asked, review)
    asked.connection.execute(new_topics.delete().where(pending))
    record(asked.connection, asked.me, "dropped an answer", f"topic {row.name}")
    return see_other("/training/changes")
