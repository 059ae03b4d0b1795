"""What staff decide about a message, and taking it back. The database says who was first."""

from __future__ import annotations

import json
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from clinic.conversation.masking import PERSONAL_SLOTS, masked, personal
from clinic.conversation.tables import events
from clinic.learning.edits import example_text
from clinic.learning.tables import reviews

OPEN, ACCEPTED, CORRECTED, NEW, OUT, FLAGGED = STATES = (
    *("open", "accepted", "corrected"),
    *("new topic", "out of scope", "flagged"),
)
TEACHING = (ACCEPTED, CORRECTED, OUT)  # these become examples
OFF_TOPIC = "out_of_scope"
LONGEST_NOTE, LONGEST_TAGS = 1000, 255


class TooLate(Exception):
    """Somebody else decided meanwhile, or the decision is part of the data already."""


def decide(
    connection: Connection, review: Row, state: str, topic: str | None, who: int, at: datetime
) -> None:
    """Store a decision, and the words without personal data that may be learnt from.

    Args:
        connection: The view's.
        review: As the person saw it.
        state: One of STATES but OPEN.
        topic: What the message is about; None where that is not said.
        who: staff.id.
        at: The real time.

    Raises:
        TooLate: it was decided meanwhile.

    """
    topic = OFF_TOPIC if state == OUT else topic
    example = example_text(without_person(connection, review)) if topic else None
    values = {"state": state, "decided_topic": topic, "example": example}
    _change(connection, review, values | {"decided_by": who, "decided_at": at})


def take_back(connection: Connection, review: Row) -> None:
    """Open a message again. Raises TooLate when the decision is part of the data already."""
    cleared = dict.fromkeys(("decided_topic", "example", "decided_by", "decided_at"))
    _change(connection, review, {"state": OPEN, **cleared})


def _change(connection: Connection, review: Row, values: dict[str, object]) -> None:
    same = (reviews.c.id == review.id) & (reviews.c.state == review.state) & reviews.c.change_id.is_(None)
    same &= reviews.c.decided_by.is_not_distinct_from(review.decided_by)
    if not connection.execute(reviews.update().where(same).values(values)).rowcount:
        raise TooLate


def latest_by(connection: Connection, who: int) -> Row | None:
    """Return what somebody decided last and can still take back."""
    theirs = (reviews.c.decided_by == who) & reviews.c.change_id.is_(None)
    newest = reviews.c.decided_at.desc(), reviews.c.id.desc()
    return connection.execute(sa.select(reviews).where(theirs).order_by(*newest).limit(1)).first()


def pending(connection: Connection) -> list[Row]:
    """Return the decisions that teach something and are not part of the data yet, oldest first."""
    teaching = reviews.c.state.in_(TEACHING) & reviews.c.change_id.is_(None)
    query = sa.select(reviews).where(teaching).order_by(reviews.c.decided_at, reviews.c.id)
    return list(connection.execute(query).all())


def without_person(connection: Connection, review: Row) -> str:
    """Return a message's words without the names and contacts that its conversation tells of."""
    slots = (events.c.type_name == "slot") & events.c.action_name.in_(PERSONAL_SLOTS)
    told = (events.c.sender_id == review.conversation) & (slots | (events.c.id == review.event_id))
    data = connection.execute(sa.select(events.c.data).where(told)).scalars()
    return masked(review.text, {value for one in data for value in personal(json.loads(one)) if value})
