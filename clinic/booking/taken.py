"""Taken time: what makes a second sale of a practitioner's or a room's time impossible.

Time is kept in cells of five minutes, one row for each that an appointment or a hold touches, buffers
included. Whoever inserts a cell second is refused by its primary key. PostgreSQL could refuse overlapping
ranges as well (an exclusion constraint, where the extension btree_gist is installed); cells need no
extension, work in SQLite too, and leave one mechanism to test instead of two.

Every function but ``busy`` works inside its caller's transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from clinic.booking.model import Period, Slot, resources
from clinic.database import appointments, blocked_times, busy_times, taken_time

CELL = timedelta(minutes=5)
TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Held:
    """Time that is kept for a visitor who decides; all times are aware, ``expires_at`` is when it is free."""

    practitioner: str
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime


def take(connection: Connection, slot: Slot, appointment_id: int) -> None:
    """Take the slot's time for an appointment. Raises IntegrityError where any of it is taken."""
    _insert(connection, slot, {"appointment_id": appointment_id, "hold_key": None, "expires_at": None})


def keep(connection: Connection, slot: Slot, key: str, until: datetime, moving: str | None = None) -> None:
    """Take the slot's time for a hold, but for what the appointment being moved has already.

    Raises IntegrityError where any of it is taken.
    """
    own = sa.select(taken_time.c.resource, taken_time.c.at).join(appointments)
    has = set(connection.execute(own.where(appointments.c.reference == moving))) if moving else set()
    _insert(connection, slot, {"appointment_id": None, "hold_key": key, "expires_at": until}, has)


def keep_what_is_free(connection: Connection, slot: Slot, key: str, until: datetime) -> None:
    """Take for a hold what nobody has of the slot's time. Raises IntegrityError where somebody is faster."""
    others = sa.select(taken_time.c.resource, taken_time.c.at).where(
        taken_time.c.resource.in_(slot.resources),
        taken_time.c.at >= _cell(slot.busy_from),
        taken_time.c.at < slot.busy_until,
    )
    has = set(connection.execute(others))
    _insert(connection, slot, {"appointment_id": None, "hold_key": key, "expires_at": until}, has)


def free_appointment(connection: Connection, appointment_id: int) -> None:
    """Give an appointment's time back."""
    connection.execute(taken_time.delete().where(taken_time.c.appointment_id == appointment_id))


def free_hold(connection: Connection, key: str) -> None:
    """Give a hold's time back."""
    connection.execute(taken_time.delete().where(taken_time.c.hold_key == key))


def free_expired(connection: Connection, now: datetime) -> None:
    """Give back the time of all holds that have expired; whoever takes time does this first."""
    connection.execute(taken_time.delete().where(taken_time.c.expires_at <= now))


def is_taken(engine: Engine, slot: Slot, now: datetime, but: str) -> bool:
    """Say whether an appointment, or a hold with another key than ``but``, has any of the slot's time."""
    condition = sa.and_(
        taken_time.c.resource.in_(slot.resources),
        taken_time.c.at.in_(list(cells(slot))),
        sa.or_(
            taken_time.c.appointment_id.isnot(None),
            sa.and_(taken_time.c.expires_at > now, taken_time.c.hold_key != but),
        ),
    )
    with engine.connect() as connection:
        return bool(connection.execute(sa.select(sa.exists().where(condition))).scalar())


def busy(
    engine: Engine,
    start: datetime,
    end: datetime,
    *,
    now: datetime,
    hold: str | None = None,
    moving: str | None = None,
) -> dict[str, list[Period]]:
    """Return the taken periods, buffers included, of each resource between two times.

    Args:
        engine: The database.
        start: Aware time.
        end: Aware time.
        now: Aware current time; a hold that has expired takes nothing.
        hold: The key of a hold that is left out: the visitor's own.
        moving: The reference of an appointment that is left out: the one being moved.

    Returns:
        Periods in UTC, in whole cells, by ``practitioner:<name>`` and ``room:<name>``.

    """
    periods: dict[str, list[Period]] = defaultdict(list)
    with engine.connect() as connection:
        # Held before sold: a hold that is booked between the two is seen twice, and not missed.
        for row in connection.execute(_held(start, end, now, hold)):
            periods[row.resource].append((row.first, row.last + CELL))
        for row in connection.execute(_sold(start, end, moving)):
            for resource in resources(row.practitioner, row.room or ""):
                periods[resource].append((_cell(row.busy_from), _cell(row.busy_until + CELL - TICK)))
        for row in connection.execute(_elsewhere(start, end)):
            for resource in resources(row.practitioner, ""):
                periods[resource].append((_cell(row.starts_at), _cell(row.ends_at + CELL - TICK)))
    return dict(periods)


def holds(connection: Connection, start: datetime, end: datetime, now: datetime) -> list[Held]:
    """Return what visitors hold of practitioners' time while they decide, without blocked time.

    Returns:
        In no order, in whole cells, buffers included.

    """
    columns = taken_time.c
    query = (
        sa.select(
            columns.resource,
            sa.func.min(columns.at).label("first"),
            sa.func.max(columns.at).label("last"),
            sa.func.max(columns.expires_at).label("expires_at"),
        )
        .where(columns.expires_at > now, columns.at < end, columns.at > start - CELL)
        .where(columns.hold_key.not_like("blocked:%"), columns.resource.like("practitioner:%"))
        .group_by(columns.resource, columns.hold_key)
    )
    return [
        Held(row.resource.partition(":")[2], row.first, row.last + CELL, row.expires_at)
        for row in connection.execute(query)
    ]


def cells(slot: Slot) -> Iterator[datetime]:
    """Yield each five minutes that the slot touches, buffers included."""
    at = _cell(slot.busy_from)
    while at < slot.busy_until:
        yield at
        at += CELL


def _cell(at: datetime) -> datetime:
    """Return the start of the cell that a time lies in."""
    return at - timedelta(minutes=at.minute % 5, seconds=at.second, microseconds=at.microsecond)


def _insert(
    connection: Connection, slot: Slot, owner: dict[str, object], has: Collection[object] = ()
) -> None:
    """Insert in one order everywhere, so that two who want the same cells wait and do not deadlock."""
    wanted = ((resource, at) for resource in sorted(slot.resources) for at in cells(slot))
    rows = [{"resource": name, "at": at} | owner for name, at in wanted if (name, at) not in has]
    if rows:
        connection.execute(taken_time.insert(), rows)


def _sold(start: datetime, end: datetime, moving: str | None) -> sa.sql.Select:
    columns = appointments.c
    return sa.select(columns.practitioner, columns.room, columns.busy_from, columns.busy_until).where(
        columns.status != "cancelled",
        columns.busy_from < end,
        columns.busy_until > start,
        columns.reference != (moving or ""),
    )


def _elsewhere(start: datetime, end: datetime) -> sa.sql.CompoundSelect:
    """Select what practitioners have in other calendars (clinic.booking.caldav.busy), and blocked time.

    Blocked time has cells too, but for what was sold before it; that stays blocked when it is given back.
    """
    return sa.union_all(
        *(
            sa.select(columns.practitioner, columns.starts_at, columns.ends_at).where(
                columns.starts_at < end, columns.ends_at > start
            )
            for columns in (busy_times.c, blocked_times.c)
        )
    )


def _held(start: datetime, end: datetime, now: datetime, but: str | None) -> sa.sql.Select:
    columns = taken_time.c
    ends = (sa.func.min(columns.at).label("first"), sa.func.max(columns.at).label("last"))
    return (
        sa.select(columns.resource, *ends)
        .where(columns.expires_at > now, columns.at < end, columns.at > start - CELL)
        .where(columns.hold_key != (but or ""))
        .group_by(columns.resource, columns.hold_key)
    )
