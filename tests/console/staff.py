"""Staff for tests: accounts whose password costs nothing to make, sessions without a log-in."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.engine import Engine

from clinic.console.sessions import digest
from clinic.console.tables import staff, staff_sessions

PASSWORD = "four quiet words here"  # noqa: S105 (of nobody)


@dataclass
class Person:
    """An account and a session of it; ``token`` is the cookie's."""

    id: int
    login: str
    name: str
    role: str
    token: str = ""


def hire(engine: Engine, role: str, name: str | None = None, password: str | None = None) -> Person:
    """Add an account and sign it in, past the log-in."""
    name = name or f"{role.title()} {secrets.token_hex(2)}"
    row = {"login": name.casefold().replace(" ", "."), "name": name, "role": role, "active": True}
    at = datetime.now(UTC)
    with engine.begin() as connection:
        added = connection.execute(staff.insert().values(**row, password=password, created_at=at))
    person = Person(added.inserted_primary_key[0], row["login"], name, role)
    person.token = sign_in(engine, person.id)
    return person


def sign_in(engine: Engine, staff_id: int, at: datetime | None = None) -> str:
    """Begin a session and return its token."""
    token, at = secrets.token_urlsafe(16), at or datetime.now(UTC)
    row = {"token_hash": digest(token), "staff_id": staff_id, "started_at": at, "seen_at": at}
    with engine.begin() as connection:
        connection.execute(staff_sessions.insert().values(**row, address="127.0.0.1", browser="a test"))
    return token
