"""A visitor's thumbs under answers, counted in the conversation's row."""

from __future__ import annotations

from datetime import datetime
from typing import Any

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
    try:
        with engine.begin() as connection:
            _take_row(connection, conversation)
            _change(connection, conversation, event_id, helpful, now)
            _count(connection, conversation)
    except IntegrityError:  # another tab was first: its row is changed instead
        rate(engine, conversation, event_id, helpful, now)


def _take_row(connection: Connection, conversation: str) -> None:
    """Keep other writers of the conversation away until the thumbs are counted."""
    mine = conversations.update().where(conversations.c.id == conversation)
    connection.execute(mine.values(thumbs_up=conversations.c.thumbs_up))


def _change(
    connection: Connection, conversation: str, event_id: int, helpful: bool | None, now: datetime
) -> None:
    answer = sa.select(events.c.id).where(
        events.c.sender_id == conversation, events.c.id == event_id, events.c.type_name == "bot"
    )
    if connection.execute(answer).first() is None:
        raise NoSuchAnswer
    thumb = {"conversation": conversation, "event_id": event_id}
    mine = sa.and_(*(feedback.c[name] == value for name, value in thumb.items()))
    if helpful is None:
        connection.execute(feedback.delete().where(mine))
    elif not connection.execute(feedback.update().where(mine).values(helpful=helpful, given_at=now)).rowcount:
        connection.execute(feedback.insert().values(**thumb, helpful=helpful, given_at=now))


def _count(connection: Connection, conversation: str) -> None:
    counted = {"thumbs_up": _thumbs(conversation, up=True), "thumbs_down": _thumbs(conversation, up=False)}
    connection.execute(conversations.update().where(conversations.c.id == conversation).values(**counted))


def _thumbs(conversation: str, *, up: bool) -> Any:
    mine = (feedback.c.conversation == conversation) & (feedback.c.helpful == up)
    return sa.select(sa.func.count()).select_from(feedback).where(mine).scalar_subquery()
