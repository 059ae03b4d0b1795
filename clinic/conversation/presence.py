"""A person of the clinic in a conversation: waiting, joined, left, writing, and what they say.

Each function writes one row; every open stream of the conversation shows it within a second,
whichever process wrote it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from clinic.conversation.history import PRESENCE, add_event
from clinic.database import staff_typing

STATES = ("waiting", "joined", "left")
TYPING = timedelta(seconds=6)


def announce(engine: Engine, conversation: str, state: str, name: str | None, now: datetime) -> int:
    """Say that the visitor waits for a person, or that one has joined or left.

    Returns:
        The number of the event.

    Raises:
        ValueError: ``state`` is none of STATES.

    """
    return add_event(engine, conversation, announcement(state, name, now))


def speak(engine: Engine, conversation: str, text: str, name: str, now: datetime) -> int:
    """Add what a person of the clinic says and return the number of the event."""
    stop_typing(engine, conversation)
    return add_event(engine, conversation, words(text, name, now))


def typing(engine: Engine, conversation: str, name: str) -> None:
    """Show for a few seconds that a person is writing. Call it again while they go on."""
    row = {"name": name, "until": datetime.now(UTC) + TYPING}
    try:
        with engine.begin() as connection:
            connection.execute(staff_typing.insert().values(conversation=conversation, **row))
    except IntegrityError:
        with engine.begin() as connection:
            mine = staff_typing.c.conversation == conversation
            connection.execute(staff_typing.update().where(mine).values(**row))


def stop_typing(engine: Engine, conversation: str) -> None:
    """Show no longer that a person is writing."""
    with engine.begin() as connection:
        connection.execute(staff_typing.delete().where(staff_typing.c.conversation == conversation))


def who_is_typing(engine: Engine, conversation: str) -> str | None:
    """Return the name of the person who is writing at this moment, or None."""
    query = sa.select(staff_typing.c.name).where(
        staff_typing.c.conversation == conversation, staff_typing.c.until > datetime.now(UTC)
    )
    with engine.connect() as connection:
        return connection.execute(query).scalar()


def announcement(state: str, name: str | None, now: datetime) -> dict[str, Any]:
    """Return the event of a person's coming or going. Raises ValueError for what is none of STATES."""
    if state not in STATES:
        raise ValueError(f"{state!r} is none of {', '.join(STATES)}")
    return _agent_event(None, {"custom": {"type": PRESENCE, "state": state}}, name, now)


def words(text: str, name: str, now: datetime) -> dict[str, Any]:
    """Return the event of what a person says."""
    return _agent_event(text, {}, name, now)


def _agent_event(text: str | None, data: dict[str, Any], name: str | None, now: datetime) -> dict[str, Any]:
    """Return rasa.shared.core.events.AgentUttered as its dictionary."""
    return {
        "event": "agent",
        "timestamp": now.timestamp(),
        "text": text,
        "data": data,
        "metadata": {"name": name},
    }
