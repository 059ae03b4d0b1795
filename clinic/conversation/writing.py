"""What every writer of a conversation does, a turn and a person of the clinic alike; imports no Rasa.

Whoever writes takes the conversation's row first. So writers follow one another, a later event has a
larger number, and a takeover is before a turn or after it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from clinic.conversation.prepared import Prepared
from clinic.conversation.tables import conversation_topics, conversations, events

NEW_WORDS = "FROM events WHERE sender_id = :name AND id > :after AND type_name IN ('user', 'bot', 'agent')"
INSERT = {
    "sqlite": "INSERT INTO message_index (rowid, words, conversation) "
    f"SELECT id, json_extract(data, '$.text'), sender_id {NEW_WORDS}",
    "postgresql": "INSERT INTO message_index (event, conversation, words) SELECT id, sender_id, "
    f"to_tsvector('english', coalesce(CAST(data AS json) ->> 'text', '')) {NEW_WORDS}",
}
INDEX = {dialect: Prepared(sa.text(words)) for dialect, words in INSERT.items()}
MINE = conversations.c.id == sa.bindparam("name")
TAKE = conversations.update().where(MINE).values(last_event=conversations.c.last_event)
INDEXED = sa.select(conversations.c.last_event).where(MINE)
THEIRS = conversation_topics.c.conversation == sa.bindparam("name")
MOVE_TOPICS = Prepared(conversation_topics.update().where(THEIRS).values(last_at=sa.bindparam("at")))

ADD_TOPIC = Prepared(
    sa.text(
        "INSERT INTO conversation_topics (conversation, topic, last_at) VALUES (:name, :topic, :at) "
        "ON CONFLICT (conversation, topic) DO UPDATE SET last_at = excluded.last_at"
    ).bindparams(sa.bindparam("at", type_=conversation_topics.c.last_at.type))
)


class NoSuchConversation(Exception):
    """There is none of that name, or it has been erased."""


def take(connection: Connection, name: str) -> None:
    """Keep other writers of a conversation away until the transaction ends. Raises NoSuchConversation."""
    if not connection.execute(TAKE, {"name": name}).rowcount:
        raise NoSuchConversation


def add(connection: Connection, name: str, *new: dict[str, Any]) -> int:
    """Append Rasa's events, given as dictionaries, to a conversation that was taken.

    Returns:
        The number of the last one.

    """
    at = datetime.fromtimestamp(new[-1]["timestamp"], UTC)
    for event in new:
        row = {"type_name": event["event"], "timestamp": event["timestamp"], "data": json.dumps(event)}
        added = connection.execute(events.insert().values(sender_id=name, **row))
    last = int(added.inserted_primary_key[0])
    index(connection, name, connection.execute(INDEXED, {"name": name}).scalar_one())
    changed = conversations.update().where(conversations.c.id == name)
    connection.execute(changed.values(last_event=last, last_at=at))
    MOVE_TOPICS.run(connection, {"name": name, "at": at})
    return last


def index(connection: Connection, name: str, after: int) -> None:
    """Index what was said after an event."""
    INDEX[connection.dialect.name].run(connection, {"name": name, "after": after})


def keep_topics(connection: Connection, name: str, new: Sequence[str], at: datetime) -> None:
    """Note when a conversation last went on, and what it is about now and was not before."""
    MOVE_TOPICS.run(connection, {"name": name, "at": at})
    if new:
        ADD_TOPIC.run(connection, [{"name": name, "topic": topic, "at": at} for topic in new])
