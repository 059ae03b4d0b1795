"""A person of the clinic answers instead of the assistant: taking over, speaking, handing back.

The row in ``takeovers`` decides who has a conversation. It is written with Rasa's own ``pause`` and
``resume`` events, in a transaction that has taken the conversation's row: a turn is saved before the
takeover, or its words are refused (``clinic.conversation.archive``). After a hand-back the row waits
until the assistant has said that it is back (``clinic.channels.resuming``) or has answered a message.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from clinic.conversation import presence, writing
from clinic.conversation.inbox import AlreadyAnswered
from clinic.conversation.tables import takeovers
from clinic.database import staff_typing

ACTIVE = takeovers.c.handed_back_at.is_(None)
MINE = takeovers.c.conversation == sa.bindparam("name")
IS_TAKEN = sa.select(takeovers.c.staff_id).where(MINE & ACTIVE)
IS_BACK = sa.select(takeovers.c.staff_id).where(MINE & ~ACTIVE)
RESUMED = takeovers.delete().where(MINE & ~ACTIVE)
# Who is first has it; one that was handed back may be taken again.
TAKE_OVER = sa.text(
    "INSERT INTO takeovers (conversation, staff_id, name, since, active_at) "
    "VALUES (:conversation, :staff_id, :name, :at, :at) ON CONFLICT (conversation) DO UPDATE "
    "SET staff_id = excluded.staff_id, name = excluded.name, since = excluded.since, "
    "active_at = excluded.active_at, handed_back_at = NULL WHERE takeovers.handed_back_at IS NOT NULL"
).bindparams(sa.bindparam("at", type_=takeovers.c.since.type))


class TakenOver(AlreadyAnswered):
    """A person has taken the conversation over: nothing that the assistant says is kept or shown."""


class TakenBy(Exception):
    """Somebody else was faster; ``name`` is who."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class NotYours(Exception):
    """The person does not have the conversation, or no longer."""


def of(connection: Connection, conversation: str) -> Row | None:
    """Return who has a conversation (staff_id, name, since, active_at), or None for the assistant."""
    return connection.execute(
        sa.select(takeovers).where(takeovers.c.conversation == conversation, ACTIVE)
    ).first()


def take_over(connection: Connection, conversation: str, staff_id: int, name: str, at: datetime) -> None:
    """Silence the assistant and tell the visitor who has joined.

    Args:
        connection: A transaction.
        conversation: Its name.
        staff_id: Whose it is from now on.
        name: How the visitor reads them.
        at: Real time, aware.

    Raises:
        NoSuchConversation: there is none.
        TakenBy: somebody has it already.

    """
    writing.take(connection, conversation)
    row = {"conversation": conversation, "staff_id": staff_id, "name": name, "at": at}
    if not connection.execute(TAKE_OVER, row).rowcount:
        raise TakenBy(connection.execute(sa.select(takeovers.c.name).where(_is(conversation))).scalar_one())
    writing.add(connection, conversation, _event("pause", at), presence.announcement("joined", name, at))


def say(connection: Connection, conversation: str, staff_id: int, text: str, at: datetime) -> int:
    """Add what a person says and return the number of the event. Raises NotYours, NoSuchConversation."""
    writing.take(connection, conversation)
    name = be_active(connection, conversation, staff_id, at)
    connection.execute(staff_typing.delete().where(staff_typing.c.conversation == conversation))
    return writing.add(connection, conversation, presence.words(text, name, at))


def be_active(connection: Connection, conversation: str, staff_id: int, at: datetime) -> str:
    """Note that a person is at it, and return their name. Raises NotYours."""
    mine = _is(conversation) & (takeovers.c.staff_id == staff_id) & ACTIVE
    if not connection.execute(takeovers.update().where(mine).values(active_at=at)).rowcount:
        raise NotYours
    return str(connection.execute(sa.select(takeovers.c.name).where(mine)).scalar_one())


def hand_back(connection: Connection, conversation: str, staff_id: int, at: datetime) -> None:
    """Let the assistant go on. Raises NotYours, NoSuchConversation."""
    writing.take(connection, conversation)
    _hand_back(connection, conversation, takeovers.c.staff_id == staff_id, at)


def hand_back_idle(engine: Engine, idle: timedelta, at: datetime) -> list[str]:
    """Let the assistant go on where a person has written nothing for so long; return where."""
    left = takeovers.c.active_at < at - idle
    with engine.connect() as connection:
        found = list(connection.execute(sa.select(takeovers.c.conversation).where(left & ACTIVE)).scalars())
    return [name for name in found if _handed_back_alone(engine, name, left, at)]


def _handed_back_alone(engine: Engine, conversation: str, left: Any, at: datetime) -> bool:
    try:
        with engine.begin() as connection:
            writing.take(connection, conversation)
            _hand_back(connection, conversation, left, at)
    except (NotYours, writing.NoSuchConversation):  # they have written meanwhile, or it was erased
        return False
    return True


def _hand_back(connection: Connection, conversation: str, whose: Any, at: datetime) -> None:
    mine = _is(conversation) & whose & ACTIVE
    name = connection.execute(sa.select(takeovers.c.name).where(mine)).scalar()
    if not connection.execute(takeovers.update().where(mine).values(handed_back_at=at)).rowcount:
        raise NotYours
    connection.execute(staff_typing.delete().where(staff_typing.c.conversation == conversation))
    left = presence.announcement("left", name, at)
    writing.add(connection, conversation, _event("resume", at), left)


def handed_back(engine: Engine) -> list[str]:
    """Return the conversations in which the assistant has to say that it is back."""
    with engine.connect() as connection:
        return list(connection.execute(sa.select(takeovers.c.conversation).where(~ACTIVE)).scalars())


def resumed(connection: Connection, conversation: str) -> None:
    """Note, in the transaction that keeps a turn, that the assistant is back."""
    connection.execute(RESUMED, {"name": conversation})


def _is(conversation: str) -> Any:
    return takeovers.c.conversation == conversation


def _event(kind: str, at: datetime) -> dict[str, Any]:
    return {"event": kind, "timestamp": at.timestamp()}
