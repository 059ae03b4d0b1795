"""One-time links: they create the owner, accept an invitation, or let somebody in again."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from clinic.console.sessions import digest
from clinic.console.tables import staff, staff_links
from clinic.settings import environment

LASTS = timedelta(hours=24)


class NoSuchStaff(Exception):
    """No active account has this name; the message says which there are."""


def new(connection: Connection, staff_id: int | None, at: datetime) -> str:
    """Return the address of a new link for an account, or (None) for the owner to be. Older ones end."""
    token = secrets.token_urlsafe(32)
    connection.execute(staff_links.delete().where(staff_links.c.staff_id.is_not_distinct_from(staff_id)))
    row = {"token_hash": digest(token), "staff_id": staff_id, "created_at": at, "expires_at": at + LASTS}
    connection.execute(staff_links.insert().values(row))
    return f"{environment().console_url}/welcome/{token}"


def find(connection: Connection, token: str, at: datetime) -> sa.engine.Row | None:
    """Return a link that can be used, with the ``login`` and ``name`` of its account (None for the owner)."""
    usable = _unused(token) & (staff_links.c.expires_at > at)
    query = sa.select(staff_links, staff.c.login, staff.c.name, staff.c.active).outerjoin(staff).where(usable)
    row = connection.execute(query).first()
    return None if row is None or row.active is False else row


def use(connection: Connection, token: str, at: datetime) -> bool:
    """Use a link up; return False when somebody else did meanwhile."""
    return bool(connection.execute(staff_links.update().where(_unused(token)).values(used_at=at)).rowcount)


def _unused(token: str) -> sa.sql.ColumnElement[bool]:
    return (staff_links.c.token_hash == digest(token)) & staff_links.c.used_at.is_(None)


def for_the_owner(engine: Engine) -> str | None:
    """Return a new link that creates the owner, or None when there is one already."""
    with engine.begin() as connection:
        return None if has_owner(connection) else new(connection, None, datetime.now(UTC))


def for_somebody(engine: Engine, login: str) -> str:
    """Return a new link for an account whose password or phone is lost.

    Without a login: for the only active account. Raises NoSuchStaff.
    """
    active = sa.select(staff.c.id, staff.c.login).where(staff.c.active).order_by(staff.c.login)
    with engine.begin() as connection:
        known = {row.login: row.id for row in connection.execute(active)}
        wanted = login.casefold() or (next(iter(known)) if len(known) == 1 else "")
        if wanted not in known:
            names = ", ".join(known)
            raise NoSuchStaff(f"Say for whom: make link NAME=… with one of: {names}.")
        return new(connection, known[wanted], datetime.now(UTC))


def has_owner(connection: Connection) -> bool:
    """Say whether somebody active is the owner."""
    owners = staff.c.active & (staff.c.role == "owner") & staff.c.password.is_not(None)
    return bool(connection.execute(sa.select(sa.exists(sa.select(staff.c.id).where(owners)))).scalar())
