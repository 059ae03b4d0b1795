"""Messages under way: taken in once, answered once, and never lost with the process that had them.

A message is noted before its receipt is confirmed, and marked as answered in the transaction that
keeps its turn. One that stays unanswered, because its process died or the database was away, is
taken up again. The database decides who takes it up, and that it is answered once.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from clinic.conversation.prepared import Prepared
from clinic.database import received_messages as received

ABANDONED = timedelta(seconds=10)  # longer than any turn takes
FRESH = ABANDONED / 2  # so long after a claim nobody else can have it
TOO_LATE = timedelta(hours=1)  # nobody waits for the answer any more
LONGEST_CHANNEL, LONGEST_ID = 32, 64  # characters
MOST_AT_ONCE = 100


KNOWN = (received.c.conversation == sa.bindparam("of")) & (received.c.message_id == sa.bindparam("known"))
OPEN = received.update().where(KNOWN & received.c.answered_at.is_(None))
ANSWERED = Prepared(OPEN.values(answered_at=sa.bindparam("at"), words=None))
TAKEN_IN = sa.select(received.c.message_id).where(KNOWN)


class AlreadyAnswered(Exception):
    """Another process has answered this message meanwhile: nothing is to be kept or said."""


@dataclass(frozen=True)
class Waiting:
    """A message that nobody has answered yet."""

    channel: str
    message_id: str
    conversation: str
    words: str
    kind: str | None = None  # of what is no words: a picture, a voice message …
    claimed_at: datetime | None = None  # by whoever holds this; real time, UTC

    @property
    def is_fresh(self) -> bool:
        """Whether it was claimed so recently that nobody else can have it."""
        return self.claimed_at is None or datetime.now(UTC) - self.claimed_at < FRESH


def take_in(engine: Engine, channel: str, message_id: str, conversation: str, words: str) -> Waiting | None:
    """Note a message and claim it; return None when it is known already."""
    at = datetime.now(UTC)  # the real clock: it measures how long somebody has waited
    message = Waiting(channel[:LONGEST_CHANNEL], message_id[:LONGEST_ID], conversation, words, claimed_at=at)
    try:
        with engine.begin() as connection:
            connection.execute(received.insert().values(**asdict(message), received_at=at))
    except IntegrityError:
        return None
    return message


def keep(engine: Engine, message: Waiting) -> bool:
    """Claim a message anew whose turn has come after a wait.

    Returns:
        False where another process has taken it up meanwhile, or has answered it.

    """
    with engine.begin() as connection:
        return _claimed(connection, message, datetime.now(UTC))


def take_up(engine: Engine, channel: str, *, alone: bool = False, most: int = MOST_AT_ONCE) -> list[Waiting]:
    """Claim the messages of a channel that were left unanswered, so that only this caller has them.

    Args:
        engine: The clinic's database.
        channel: What the names of its channels begin with.
        alone: Whether no other process can be at work on them: nothing has to be waited for then.
        most: How many are claimed.

    """
    at = datetime.now(UTC)
    left = (received.c.answered_at.is_(None)) & (received.c.claimed_at < (at if alone else at - ABANDONED))
    left = left & (received.c.received_at > at - TOO_LATE)
    of_channel = received.c.channel.startswith(channel, autoescape=True)
    query = sa.select(received).where(left & of_channel).order_by(received.c.received_at).limit(most)
    with engine.begin() as connection:
        found = connection.execute(query).all()
        return [_waiting(row, at) for row in found if _claimed(connection, row, at)]


def take_next(engine: Engine, conversation: str) -> Waiting | None:
    """Claim a conversation's oldest unanswered message; None where there is none or somebody is at it.

    So messages are answered in the order in which they were taken in, whichever processes did that:
    whoever has answered one asks for the next, and is the one to see what came meanwhile.
    """
    at = datetime.now(UTC)
    waits = (received.c.conversation == conversation) & received.c.answered_at.is_(None)
    oldest = sa.select(received).where(waits).order_by(received.c.received_at).limit(1)
    with engine.begin() as connection:
        row = connection.execute(oldest).first()
        free = row and (row.claimed_at is None or row.claimed_at < at - ABANDONED)
        return _waiting(row, at) if free and _claimed(connection, row, at) else None


def left_in(engine: Engine, channel: str, *, alone: bool = False, most: int = MOST_AT_ONCE) -> list[str]:
    """Return the conversations of a channel with messages that nobody is answering.

    Args:
        engine: The clinic's database.
        channel: The channel's name.
        alone: Whether no other process can be at work on them: their claims are given up.
        most: How many conversations are named.

    """
    at = datetime.now(UTC)
    waits = (received.c.channel == channel) & received.c.answered_at.is_(None)
    free = received.c.claimed_at.is_(None) | (received.c.claimed_at < at - ABANDONED)
    query = sa.select(received.c.conversation).where(waits, free).distinct().limit(most)
    with engine.begin() as connection:
        if alone:
            connection.execute(received.update().where(waits).values(claimed_at=None))
        return list(connection.execute(query).scalars())


def _claimed(connection: Connection, row: sa.engine.Row | Waiting, at: datetime) -> bool:
    claim = received.update().where(
        received.c.channel == row.channel,
        received.c.message_id == row.message_id,
        received.c.claimed_at == row.claimed_at,
        received.c.answered_at.is_(None),
    )
    return bool(connection.execute(claim.values(claimed_at=at)).rowcount)


def _waiting(row: sa.engine.Row, claimed_at: datetime) -> Waiting:
    return Waiting(row.channel, row.message_id, row.conversation, row.words or "", row.kind, claimed_at)


def mark_answered(connection: Connection, conversation: str, message_id: str) -> None:
    """Mark a message that was taken in as answered, in the transaction that keeps the answer.

    Raises:
        AlreadyAnswered: it was; the transaction must not go on.

    """
    answered = {"of": conversation, "known": message_id, "at": datetime.now(UTC)}
    if not ANSWERED.run(connection, answered).rowcount:
        raise AlreadyAnswered


def is_known(engine: Engine, message: Waiting) -> bool:
    """Say whether a message that was taken in is still there: erasing its conversation removes it."""
    query = sa.select(received.c.message_id).where(
        received.c.channel == message.channel[:LONGEST_CHANNEL],
        received.c.message_id == message.message_id[:LONGEST_ID],
    )
    with engine.connect() as connection:
        return connection.execute(query).first() is not None


def is_answered(engine: Engine, conversation: str, message_id: str) -> bool:
    """Say whether a message has been answered."""
    query = sa.select(received.c.answered_at).where(
        received.c.conversation == conversation, received.c.message_id == message_id
    )
    with engine.connect() as connection:
        return connection.execute(query).scalar() is not None
