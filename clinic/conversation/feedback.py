"""A visitor's thumbs under answers."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from clinic.conversation.tables import conversations, events
from clinic.database import feedback


class NoSuchAnswer(Exception):
    """The conversation holds no answer of that number."""


def rate(engine: Engine, conversation: str, event_id: int, helpful: bool | None, now: datetime) -> None:
    """Store a thumb, change it, or take it back (None). A repeat changes nothing.

    Raises:
        NoSuchAnswer: the event is not an answer of this conversation.

    """
    mine = sa.and_(feedback.c.conversation == conversation, feedback.c.event_id == event_id)
    with engine.begin() as connection:
        answer = sa.select(events.c.id).where(
            events.c.sender_id == conversation, events.c.id == event_id, events.c.type_name == "bot"
        )
        if connection.execute(answer).first() is None:
            raise NoSuchAnswer
        if helpful is None:
            connection.execute(feedback.delete().where(mine))
            _count(connection, conversation)
            return
        changed = connection.execute(feedback.update().where(mine).values(helpful=helpful, given_at=now))
        _count(connection, conversation)
    if not changed.rowcount:
        _insert(engine, conversation, event_id, helpful, now)


def _insert(engine: Engine, conversation: str, event_id: int, helpful: bool, now: datetime) -> None:
    row = {"conversation": conversation, "event_id": event_id, "helpful": helpful, "given_at": now}
    try:
        with engine.begin() as connection:
            connection.execute(feedback.insert().values(**row))
            _count(connection, conversation)
    except IntegrityError:  # another tab was first: its row is changed instead
        rate(engine, conversation, event_id, helpful, now)


def _count(connection: Connection, conversation: str) -> None:
    """Bring the thumbs in the conversation's row up to date."""
    theirs = sa.select(sa.func.count()).where(feedback.c.conversation == conversation)
    counted = {
        "thumbs_up": theirs.where(feedback.c.helpful).scalar_subquery(),
        "thumbs_down": theirs.where(sa.not_(feedback.c.helpful)).scalar_subquery(),
    }
    connection.execute(conversations.update().where(conversations.c.id == conversation).values(counted))
