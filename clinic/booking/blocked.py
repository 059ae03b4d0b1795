"""Time that the clinic keeps for itself: an illness, a meeting, a holiday. It is not offered to anybody.

Blocked time takes the same cells as appointments and holds (clinic.booking.taken), as a hold that lasts
until it is over: whoever is second, a blocking or a booking, is refused by the database.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from clinic.booking import taken
from clinic.booking.model import Slot, SlotTaken
from clinic.booking.store import transaction
from clinic.database import blocked_times

Witness = Callable[[Connection], None]


@dataclass(frozen=True)
class Blocking:
    """Time to be blocked.

    Attributes:
        key: Its idempotency key, 36 characters at most.
        practitioners: Whose time.
        start: Aware.
        end: Aware.
        reason: For the staff.

    """

    key: str
    practitioners: Collection[str]
    start: datetime
    end: datetime
    reason: str


def block(
    engine: Engine, wanted: Blocking, who: str, now: datetime, witness: Witness, *, around: bool = False
) -> None:
    """Block time. The same key again blocks nothing new.

    Args:
        engine: The database.
        wanted: What is to be blocked.
        who: As in the history of appointments.
        now: Aware current time.
        witness: Called in the transaction.
        around: Leave what is sold or held by now as it is, and block the rest.

    Raises:
        SlotTaken: any of it is sold or held, and it was not to be blocked around.

    """
    take = taken.keep_what_is_free if around else taken.keep
    row = {"key": wanted.key, "starts_at": wanted.start, "ends_at": wanted.end, "reason": wanted.reason}
    row |= {"who": who, "created_at": now}
    names = sorted(wanted.practitioners)

    def write(connection: Connection) -> None:
        taken.free_expired(connection, now)
        connection.execute(blocked_times.insert(), [row | {"practitioner": name} for name in names])
        for name in names:
            take(connection, Slot(wanted.start, wanted.end, name), _hold(wanted.key), wanted.end)
        witness(connection)

    try:
        transaction(engine, write)
    except IntegrityError:
        if not is_blocked(engine, wanted.key):
            raise SlotTaken from None


def unblock(engine: Engine, key: str, witness: Witness) -> bool:
    """Give blocked time back; return False when it was given back before."""

    def write(connection: Connection) -> bool:
        taken.free_hold(connection, _hold(key))
        if not connection.execute(blocked_times.delete().where(blocked_times.c.key == key)).rowcount:
            return False
        witness(connection)
        return True

    return transaction(engine, write)


def is_blocked(engine: Engine, key: str) -> bool:
    """Say whether a blocking is stored."""
    with engine.connect() as connection:
        stored = sa.select(sa.exists().where(blocked_times.c.key == key))
        return bool(connection.execute(stored).scalar())


def _hold(key: str) -> str:
    return f"blocked:{key}"
