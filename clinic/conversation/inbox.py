"""Messages that were accepted and are not answered yet, so that a killed server loses none.

A message is written here in the transaction that accepts it, and its row goes when it has been
answered. Whatever a process that died has left is answered by the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from clinic.conversation.notice import accept
from clinic.database import inbox, received_messages

ADVISORY_LOCKS = 5005  # the first of PostgreSQL's two lock numbers: owners of inbox rows


@dataclass(frozen=True)
class Message:
    """A visitor's message under way."""

    conversation: str
    id: str
    text: str


def take_in(engine: Engine, message: Message, owner: int, now: datetime, notice: str | None = None) -> bool:
    """Accept a message, and the privacy notice it came with; False when it was accepted before."""
    channel = f"widget:{message.conversation}"[:32]
    received = {"channel": channel, "message_id": message.id, "conversation": message.conversation}
    try:
        with engine.begin() as connection:
            connection.execute(received_messages.insert().values(**received, received_at=now))
            connection.execute(
                inbox.insert().values(
                    conversation=message.conversation, message_id=message.id, text=message.text, owner=owner
                )
            )
    except IntegrityError:
        return False
    if notice:
        accept(engine, message.conversation, notice, now)
    return True


def answered(engine: Engine, message: Message) -> None:
    """Drop a message that needs no more work."""
    mine = sa.and_(inbox.c.conversation == message.conversation, inbox.c.message_id == message.id)
    with engine.begin() as connection:
        connection.execute(inbox.delete().where(mine))


def is_wanted(engine: Engine, message: Message) -> bool:
    """Say whether the visitor has not erased the conversation since the message was accepted."""
    query = sa.select(received_messages.c.message_id).where(
        received_messages.c.conversation == message.conversation,
        received_messages.c.message_id == message.id,
    )
    with engine.connect() as connection:
        return connection.execute(query).first() is not None


def left_behind(engine: Engine, owner: int) -> list[Message]:
    """Make the messages of processes that have died this owner's and return them, oldest first."""
    with engine.begin() as connection:
        others = connection.execute(sa.select(inbox.c.owner).where(inbox.c.owner != owner).distinct())
        dead = [other for other in others.scalars().all() if _is_dead(connection, other)]
        rows = connection.execute(sa.select(inbox).where(inbox.c.owner.in_(dead)).order_by(inbox.c.id)).all()
        connection.execute(inbox.update().where(inbox.c.owner.in_(dead)).values(owner=owner))
    return [Message(row.conversation, row.message_id, row.text) for row in rows]


def _is_dead(connection: Connection, owner: int) -> bool:
    """Say whether a process has gone: on PostgreSQL its session lock tells, on SQLite there is one process.

    The lock is kept to the end of the transaction, so that two processes never share an inheritance.
    """
    if connection.dialect.name != "postgresql":
        return True
    free = sa.func.pg_try_advisory_xact_lock(ADVISORY_LOCKS, owner)
    return bool(connection.execute(sa.select(free)).scalar())
