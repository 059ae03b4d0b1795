"""What is to be sent and what has become of it: one row for each message to a platform.

Rows are made from a conversation's events: whoever adds something said (a turn, a person of the clinic,
a reminder) gets it delivered. The callers hold the conversation's lock, see deliver.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from clinic.channels.messaging.incoming import ReadUntil, Receipt
from clinic.conversation.history import Said, said_since
from clinic.conversation.tables import deliveries, events, messaged

QUEUED, SENT, DELIVERED, READ = "queued", "sent", "delivered", "read"
FAILED, STOPPED = "failed", "stopped"  # refused for good; not sent, as the person wants no messages
STATES = (QUEUED, SENT, DELIVERED, READ)  # each is more than those before it
SPOKEN = ("bot", "agent")
MOST = 200  # conversations at a time
LONGEST_TROUBLE = 255
Render = Callable[[Said], list[dict[str, Any]]]


@dataclass(frozen=True)
class Due:
    """The next message of a conversation."""

    id: int
    event_id: int
    part: int
    content: dict[str, Any]
    attempts: int
    next_try_at: datetime
    created_at: datetime


def fill(engine: Engine, conversation: str, render: Render, now: datetime) -> int:
    """Add the rows of what was said since the last time; return how many were added."""
    with engine.connect() as connection:
        last = connection.execute(
            sa.select(messaged.c.last_event).where(messaged.c.conversation == conversation)
        ).scalar()
    if last is None:  # erased meanwhile
        return 0
    said = said_since(engine, conversation, last)
    if not said:
        return 0
    with engine.begin() as connection:
        mine = messaged.c.conversation == conversation
        move = messaged.update().where(mine, messaged.c.last_event == last).values(last_event=said[-1].id)
        if not connection.execute(move).rowcount:
            return 0
        channel = connection.execute(sa.select(messaged.c.channel).where(mine)).scalar_one()
        rows = [
            row(conversation, one.id, part, channel, content, now)
            for one in said
            if one.sender != "visitor"
            for part, content in enumerate(render(one))
        ]
        if rows:
            connection.execute(deliveries.insert(), rows)
    return len(rows)


def row(
    conversation: str, event: int, part: int, channel: str, content: dict[str, Any], now: datetime
) -> dict[str, Any]:
    """Return a new row."""
    return {
        "conversation": conversation,
        "event_id": event,
        "part": part,
        "channel": channel,
        "content": json.dumps(content),
        "state": QUEUED,
        "attempts": 0,
        "next_try_at": now,
        "created_at": now,
    }


def next_of(engine: Engine, conversation: str) -> Due | None:
    """Return a conversation's oldest message that is still to be sent."""
    query = (
        sa.select(deliveries)
        .where(deliveries.c.conversation == conversation, deliveries.c.state == QUEUED)
        .order_by(deliveries.c.event_id, deliveries.c.part)
        .limit(1)
    )
    with engine.connect() as connection:
        found = connection.execute(query).first()
    if found is None:
        return None
    content = json.loads(found.content or "{}")
    return Due(
        found.id, found.event_id, found.part, content, found.attempts, found.next_try_at, found.created_at
    )


def sent(engine: Engine, one: Due, platform_id: str, now: datetime) -> None:
    """Note that the platform has taken a message; its words are kept in the conversation alone.

    Of a file that it may still refuse, what is sent then stays until it says what became of it.
    """
    kept = json.dumps(one.content["otherwise"]) if one.content.get("may_fail_later") else None
    _update(engine, one, state=SENT, platform_id=platform_id or None, sent_at=now, content=kept, trouble=None)


def settle(engine: Engine, one: Due, state: str, why: str) -> None:
    """Give a message up: FAILED or STOPPED."""
    _update(engine, one, state=state, content=None, trouble=why[:LONGEST_TROUBLE])


def postpone(engine: Engine, one: Due, until: datetime, why: str) -> None:
    """Try a message again later."""
    _update(engine, one, attempts=one.attempts + 1, next_try_at=until, trouble=why[:LONGEST_TROUBLE])


def receive(engine: Engine, receipt: Receipt, now: datetime) -> bool:
    """Store what a platform says of a message; return whether the message is known.

    Where one has failed and there is something to send in its place, that is due.
    """
    mine = deliveries.c.platform_id == receipt.platform_id
    with engine.begin() as connection:
        states = connection.execute(sa.select(deliveries.c.state).where(mine)).scalars().all()
        if states and receipt.state == FAILED:
            change = deliveries.update().where(mine, deliveries.c.state.not_in((DELIVERED, READ)))
            again = {"state": QUEUED, "platform_id": None, "next_try_at": now, "sent_at": None}
            if not connection.execute(change.where(deliveries.c.content.is_not(None)).values(again)).rowcount:
                trouble = (receipt.trouble or "")[:LONGEST_TROUBLE]
                connection.execute(change.values(state=FAILED, trouble=trouble))
        elif states:
            _raise_to(connection, mine, receipt.state)
    return bool(states)


def seen(engine: Engine, conversation: str, until: ReadUntil) -> None:
    """Store that a person has been shown, or has read, all that was sent up to a time."""
    with engine.begin() as connection:
        mine = (deliveries.c.conversation == conversation) & (deliveries.c.sent_at <= until.at)
        _raise_to(connection, mine, until.state)


def failure_of(engine: Engine, platform_id: str) -> tuple[str, int] | None:
    """Return conversation and event of a message that has failed."""
    query = sa.select(deliveries.c.conversation, deliveries.c.event_id).where(
        deliveries.c.platform_id == platform_id, deliveries.c.state == FAILED
    )
    with engine.connect() as connection:
        found = connection.execute(query).first()
    return (found.conversation, found.event_id) if found else None


def event_of(engine: Engine, conversation: str, platform_id: str) -> int | None:
    """Return the event that a platform's message says."""
    query = sa.select(deliveries.c.event_id).where(
        deliveries.c.conversation == conversation, deliveries.c.platform_id == platform_id
    )
    with engine.connect() as connection:
        return connection.execute(query).scalar()


def behind(engine: Engine, channels: tuple[str, ...], now: datetime) -> list[str]:
    """Return conversations in which something is due, or was said that has no row yet."""
    due = sa.select(deliveries.c.conversation).where(
        deliveries.c.state == QUEUED, deliveries.c.next_try_at <= now, deliveries.c.channel.in_(channels)
    )
    later = (events.c.sender_id == messaged.c.conversation) & (events.c.id > messaged.c.last_event)
    unsaid = sa.select(messaged.c.conversation).where(
        messaged.c.channel.in_(channels),
        sa.exists(sa.select(events.c.id).where(later, events.c.type_name.in_(SPOKEN))),
    )
    with engine.connect() as connection:
        found = connection.execute(due.distinct().limit(MOST)).scalars().all()
        return list({*found, *connection.execute(unsaid.limit(MOST)).scalars()})


def _raise_to(connection: Connection, which: Any, state: str) -> None:
    """Bring rows to a state that is more than theirs."""
    if state in STATES[1:]:
        below = STATES[1 : STATES.index(state)]
        change = deliveries.update().where(which, deliveries.c.state.in_(below))
        connection.execute(change.values(state=state, content=None))


def _update(engine: Engine, one: Due, **values: Any) -> None:
    with engine.begin() as connection:
        mine = (deliveries.c.id == one.id) & (deliveries.c.state == QUEUED)
        connection.execute(deliveries.update().where(mine).values(**values))
