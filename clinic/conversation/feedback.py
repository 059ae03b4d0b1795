"""A visitor's thumbs under answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from clinic.conversation import writing
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
    row = {"conversation": conversation, "event_id": event_id, "helpful": helpful, "given_at": now}
    with engine.begin() as connection:
        _take(connection, conversation)  # tabs follow one another
        answer = sa.select(events.c.id).where(
            events.c.sender_id == conversation, events.c.id == event_id, events.c.type_name == "bot"
        )
        if connection.execute(answer).first() is None:
            raise NoSuchAnswer
        connection.execute(feedback.delete().where(mine))
        if helpful is not None:
            connection.execute(feedback.insert().values(**row))
        counted = {"thumbs_up": _count(conversation, True), "thumbs_down": _count(conversation, False)}
        connection.execute(conversations.update().where(conversations.c.id == conversation).values(counted))


def _take(connection: Connection, conversation: str) -> None:
    try:
        writing.take(connection, conversation)
    except writing.NoSuchConversation:
        raise NoSuchAnswer from None


def _count(conversation: str, helpful: bool) -> Any:
    query = sa.select(sa.func.count()).select_from(feedback)
    mine = query.where(feedback.c.conversation == conversation, feedback.c.helpful.is_(helpful))
    return mine.scalar_subquery()
