"""Conversations of one person: joined by an appointment, after they have said yes, and never by guess.

Whoever knows an appointment's reference and contact is its client, as for moving it; where they write in
another conversation than the one that is told of it, they are asked, and what they answer is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from clinic.conversation.tables import joined_conversations as joined
from clinic.conversation.tables import messaged
from clinic.database import appointments


def told_in() -> Any:
    """Return, as a part of a query of appointments, the conversation that is told of each."""
    latest = (
        sa.select(joined.c.conversation)
        .where(joined.c.appointment_id == appointments.c.id, joined.c.agreed.is_(True))
        .order_by(joined.c.id.desc())
        .limit(1)
        .correlate(appointments)
        .scalar_subquery()
    )
    return sa.func.coalesce(latest, appointments.c.conversation)


def told_of(connection: Connection, appointment_id: int) -> str | None:
    """Return the conversation that is told of an appointment, or None."""
    query = sa.select(told_in()).select_from(appointments).where(appointments.c.id == appointment_id)
    return connection.execute(query).scalar()


def may_ask(engine: Engine, appointment_id: int, conversation: str) -> bool:
    """Say whether somebody may be asked to be told of an appointment in this conversation.

    Not where they are told of it there already, where they have said no, and where nothing can be
    brought to them (the widget, or who wants no messages).
    """
    reached = messaged.c.stopped_at.is_(None) & (messaged.c.conversation == conversation)
    refused = (
        (joined.c.appointment_id == appointment_id)
        & (joined.c.conversation == conversation)
        & joined.c.agreed.is_(False)
    )
    query = sa.select(sa.exists().where(reached) & ~sa.exists().where(refused))
    with engine.connect() as connection:
        may = bool(connection.execute(query).scalar())
        return may and told_of(connection, appointment_id) != conversation


def keep(
    connection: Connection, appointment_id: int, conversation: str, *, agreed: bool, at: datetime
) -> None:
    """Keep what somebody has answered; it takes the place of what they answered before."""
    mine = (joined.c.appointment_id == appointment_id) & (joined.c.conversation == conversation)
    connection.execute(joined.delete().where(mine))
    values = {"appointment_id": appointment_id, "conversation": conversation}
    connection.execute(joined.insert().values(**values, agreed=agreed, decided_at=at))


def with_joined(connection: Connection, names: Iterable[str]) -> set[str]:
    """Return conversations together with those that are joined to them, directly or through others."""
    found, new = set(), set(names)
    while new:
        found |= new
        new = _beside(connection, new) - found
    return found


def of_contact(connection: Connection, contact: str) -> set[str]:
    """Return the conversations that are joined by an appointment with this phone number or e-mail address."""
    known = (appointments.c.client_contact == contact) | (appointments.c.client_email == contact)
    query = (
        sa.select(joined.c.conversation)
        .join(appointments, appointments.c.id == joined.c.appointment_id)
        .where(joined.c.agreed.is_(True), known)
    )
    return set(connection.execute(query).scalars())


def forget(connection: Connection, names: Iterable[str]) -> None:
    """Forget what was answered in conversations."""
    connection.execute(joined.delete().where(joined.c.conversation.in_(list(names))))


def forget_appointments(connection: Connection, which: Any) -> None:
    """Forget what was answered about appointments that meet a condition."""
    theirs = sa.select(appointments.c.id).where(which)
    connection.execute(joined.delete().where(joined.c.appointment_id.in_(theirs)))


def _beside(connection: Connection, names: set[str]) -> set[str]:
    """Return the conversations that share a joined appointment with one of these."""
    agreed = joined.c.agreed.is_(True)
    booked = sa.select(appointments.c.id).where(appointments.c.conversation.in_(names))
    joining = sa.select(joined.c.appointment_id).where(joined.c.conversation.in_(names), agreed)
    shared = joined.c.appointment_id.in_(booked) | joined.c.appointment_id.in_(joining)
    query = (
        sa.select(joined.c.conversation, appointments.c.conversation.label("first"))
        .join(appointments, appointments.c.id == joined.c.appointment_id)
        .where(agreed, shared)
    )
    rows = connection.execute(query).all()
    return {row.conversation for row in rows} | {row.first for row in rows if row.first}
