"""Which e-mails are due. Rows are made from the appointments' changes, and each is sent by one process.

The database decides: one row for each event, audience and letter; and one claim, so that two processes
never send the same row. No row holds an address: it is looked up when the e-mail is written.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError

from clinic.booking.notify import ways
from clinic.database import appointment_changes, appointments, outbox
from clinic.settings import ClinicFile

CLIENT, STAFF, CHAT = "client", "staff", "chat"  # the last is not sent, but told: see chat.py
LETTERS = ("requested", "confirmed", "moved", "cancelled")  # what changes are written about
OLDEST = timedelta(days=3)  # a change older than this is no news
LEASE = timedelta(minutes=10)  # longer than any sending takes
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
MOST = 50  # rows at a time
TRIES = 4
News = tuple[dict[str, Any], datetime]  # a row, and when it came up
Known = set[tuple[str, str, str]]


@dataclass(frozen=True)
class Due:
    """One e-mail to send.

    Attributes:
        id: Its row.
        event: What it is about; with audience and kind the e-mail's identity.
        audience: CLIENT or STAFF.
        kind: The letter's name.
        appointment_id: The appointment's row.
        sequence: The appointment's sequence at the event.
        starts_at: The appointment's start at the event, UTC.
        attempts: How often it was tried.
        claim: This process's claim on it.

    """

    id: int
    event: str
    audience: str
    kind: str
    appointment_id: int
    sequence: int
    starts_at: datetime
    attempts: int
    claim: str


def fill(
    engine: Engine, clinic: ClinicFile, now: datetime, clock: datetime, *, staff: bool, reminder: timedelta
) -> int:
    """Add a row for everything that has happened or come due; what has one gets none again.

    Args:
        engine: The database.
        clinic: The clinic's settings.
        now: Aware current time, by the clinic's clock.
        clock: The real time (UTC).
        staff: Whether the clinic's staff is told what visitors do.
        reminder: How long before an appointment its client is reminded; zero for never.

    Returns:
        How many rows were added.

    """
    with engine.connect() as connection:
        news = [*_changes(connection, now, staff=staff), *_reminders(connection, now, reminder)]
        ids = {row["appointment_id"] for row, _ in news}
        known, chats = known_of(connection, ids), ways.chats(connection, clinic, ids)
    rows = [row for row, at in news if _is_for_mail(row, at, chats.get(row["appointment_id"]), known)]
    return sum(add(engine, row, now, clock) for row in rows)


def _is_for_mail(row: dict[str, Any], at: datetime, chat: ways.Chat | None, known: Known) -> bool:
    """Say whether an e-mail is new, and goes to the staff or to a client whom no chat tells the same."""
    event, audience, kind = row["event"], row["audience"], row["kind"]
    if (event, audience, kind) in known:
        return False
    told = kind not in ways.BOTH and (event, CHAT, kind) in known
    return audience == STAFF or (ways.by_mail(chat, kind, at) and not told)


def add(engine: Engine, row: dict[str, Any], now: datetime, clock: datetime) -> int:
    """Add one row unless it is there; return how many were added."""
    dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
    values = row | {"status": "waiting", "attempts": 0, "next_try_at": clock, "created_at": now}
    with engine.begin() as connection:
        return connection.execute(dialect.insert(outbox).values(values).on_conflict_do_nothing()).rowcount


def due(engine: Engine, clock: datetime, claim: str) -> Iterator[Due]:
    """Claim and yield what is to be sent now, one after the other.

    Args:
        engine: The database.
        clock: The real time (UTC), whatever CLINIC_NOW says: pauses must pass.
        claim: A name for this process that no other has.

    """
    free = sa.or_(outbox.c.claimed_until.is_(None), outbox.c.claimed_until <= clock)
    waiting = sa.and_(outbox.c.status == "waiting", outbox.c.next_try_at <= clock, free)
    with engine.connect() as connection:
        query = sa.select(outbox).where(waiting).order_by(outbox.c.id).limit(MOST)
        rows = connection.execute(query).all()
    for row in rows:
        mine = outbox.update().where(outbox.c.id == row.id, waiting)
        with engine.begin() as connection:
            claimed = connection.execute(mine.values(claimed_by=claim, claimed_until=clock + LEASE)).rowcount
        if claimed:
            yield Due(
                id=row.id,
                event=row.event,
                audience=row.audience,
                kind=row.kind,
                appointment_id=row.appointment_id,
                sequence=row.sequence,
                starts_at=row.starts_at,
                attempts=row.attempts,
                claim=claim,
            )


def settle(engine: Engine, one: Due, status: str, now: datetime, trouble: str | None = None) -> None:
    """Say what has become of an e-mail: sent, refused, superseded or too_late. It is not tried again."""
    _update(engine, one, status=status, settled_at=now, trouble=trouble)


def postpone(engine: Engine, one: Due, clock: datetime, trouble: str) -> None:
    """Try again after a pause that doubles from a minute to an hour."""
    pause = min(FIRST_PAUSE * 2 ** min(one.attempts, 10), LONGEST_PAUSE)
    _update(engine, one, attempts=one.attempts + 1, next_try_at=clock + pause, trouble=trouble)


def _update(engine: Engine, one: Due, **values: object) -> None:
    """Write what became of an e-mail, and not give up easily: what is not written is sent again."""
    own = sa.and_(outbox.c.id == one.id, outbox.c.claimed_by == one.claim)
    change = outbox.update().where(own).values(claimed_by=None, claimed_until=None, **values)
    for attempt in range(TRIES):
        try:
            with engine.begin() as connection:
                connection.execute(change)
        except OperationalError:
            if attempt == TRIES - 1:
                raise
            time.sleep(attempt)
        else:
            return


def _changes(connection: Connection, now: datetime, *, staff: bool) -> Iterator[News]:
    """Yield what visitors and staff did lately; staff are told of what visitors did."""
    change, row = appointment_changes.c, appointments.c
    columns = (change.id, change.appointment_id, change.sequence, change.what, change.starts_at, change.who)
    query = (
        sa.select(*columns, change.at, row.client_email)
        .select_from(appointment_changes.join(appointments, row.id == change.appointment_id))
        .where(change.at > now - OLDEST, change.what.in_(LETTERS), change.starts_at > now)
        .order_by(change.id)
    )
    for one in connection.execute(query):
        for audience in [CLIENT] * bool(one.client_email) + [STAFF] * (staff and one.who == "visitor"):
            yield row_of(f"change:{one.id}", audience, one.what, one), one.at


def _reminders(connection: Connection, now: datetime, before: timedelta) -> Iterator[News]:
    """Yield reminders of what begins soon, unless its client was told of it within the same time."""
    for one in connection.execute(soon(now, before).where(appointments.c.client_email.isnot(None))):
        if one.changed_at < one.starts_at - before:
            yield row_of(reminder_of(one), CLIENT, "reminder", one), one.starts_at - before


def soon(now: datetime, before: timedelta) -> Any:
    """Return the query of the appointments that begin within a time."""
    row = appointments.c
    columns = (row.id.label("appointment_id"), row.sequence, row.starts_at, row.changed_at, row.client_email)
    return sa.select(*columns).where(
        row.busy_until > now,  # what the index knows
        row.starts_at > now,
        row.starts_at <= now + before,
        row.status.in_(("confirmed", "moved")),
    )


def reminder_of(one: Any) -> str:
    """Return the name of the event that an appointment's time comes near."""
    return f"reminder:{one.appointment_id}:{one.starts_at:%Y%m%dT%H%M}"


def row_of(event: str, audience: str, kind: str, one: Any) -> dict[str, Any]:
    """Return the row of an event of an appointment, but for what becomes of it."""
    about = {"appointment_id": one.appointment_id, "sequence": one.sequence, "starts_at": one.starts_at}
    return {"event": event, "audience": audience, "kind": kind} | about


def known_of(connection: Connection, appointment_ids: set[int]) -> Known:
    """Return (event, audience, kind) of all that has a row of these appointments."""
    query = sa.select(outbox.c.event, outbox.c.audience, outbox.c.kind)
    rows = connection.execute(query.where(outbox.c.appointment_id.in_(appointment_ids)))
    return {(row.event, row.audience, row.kind) for row in rows}
