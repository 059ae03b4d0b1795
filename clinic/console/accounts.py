"""Accounts of the staff: what a name may be, and who may change whose account."""

from __future__ import annotations

import re

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from clinic.console.refused import Refused
from clinic.console.roles import ROLES
from clinic.console.tables import staff
from clinic.console.views import Asked

LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")
LONGEST_NAME = 64


def add(asked: Asked, login: str, name: str, role: str) -> int:
    """Add an account without a password and return its id.

    Raises:
        Refused: 400, the name or the login cannot be used, or the login is taken.

    """
    if not LOGIN.fullmatch(login):
        raise Refused(400, "A name for signing in has letters, digits and . _ @ + - alone.")
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise Refused(400, f"A name has 1 to {LONGEST_NAME} characters. Go back and change it.")
    row = {"login": login, "name": name, "role": role, "active": True, "created_at": asked.at}
    try:
        return int(asked.connection.execute(staff.insert().values(row)).inserted_primary_key[0])
    except IntegrityError:
        raise Refused(400, "That name for signing in is taken. Go back and choose another.") from None


def of(asked: Asked, number: int) -> sa.engine.Row:
    """Return an account that this person may change.

    Raises:
        Refused: 404, there is none; 403, it is their own, or not below theirs (an owner's may be changed by
            other owners).

    """
    row = asked.connection.execute(sa.select(staff).where(staff.c.id == number)).first()
    if row is None:
        raise Refused(404)
    if row.id == asked.me.id or row.role not in grantable(asked.me.role):
        raise Refused(403)
    return row


def grantable(role: str) -> tuple[str, ...]:
    """Return the roles that somebody of this role may give and take: those below, an owner all."""
    return ROLES if role == "owner" else ROLES[: ROLES.index(role)]
