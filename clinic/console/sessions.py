"""Sessions: a random token in a cookie, its hash in the database, so that each can be revoked.

They end two hours after the last request and twelve hours after the log-in, by the real clock.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa
from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from clinic.channels.door import address_of
from clinic.console.roles import Staff
from clinic.console.tables import staff, staff_sessions
from clinic.settings import environment

IDLE, LONGEST = timedelta(hours=2), timedelta(hours=12)
NOTED_EVERY = timedelta(minutes=1)  # a request writes nothing more often than that
LONGEST_ADDRESS, LONGEST_BROWSER = 64, 255


def digest(token: str) -> str:
    """Return what is stored of a token; the token itself never is."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def begin(connection: Connection, staff_id: int, request: Request, at: datetime) -> str:
    """Store a new session and return its token. Sessions that have ended are forgotten."""
    token = secrets.token_urlsafe(32)
    connection.execute(staff_sessions.delete().where(sa.not_(_lasts(at))))
    connection.execute(
        staff_sessions.insert().values(
            token_hash=digest(token),
            staff_id=staff_id,
            started_at=at,
            seen_at=at,
            address=address_of(request)[:LONGEST_ADDRESS],
            browser=request.headers.get("User-Agent", "").replace("\0", "")[:LONGEST_BROWSER],
        )
    )
    return token


def who(connection: Connection, token: str | None, at: datetime) -> Staff | None:
    """Return whose session a token opens, or None: it is unknown, ended, revoked, or its owner inactive."""
    if not token:
        return None
    theirs = (staff_sessions.c.token_hash == digest(token)) & staff.c.active & _lasts(at)
    row = connection.execute(
        sa.select(staff, staff_sessions.c.id.label("session"), staff_sessions.c.seen_at)
        .join(staff_sessions, staff_sessions.c.staff_id == staff.c.id)
        .where(theirs)
    ).first()
    if row is None:
        return None
    if at - row.seen_at >= NOTED_EVERY:
        this = staff_sessions.c.id == row.session
        connection.execute(staff_sessions.update().where(this).values(seen_at=at))
    return Staff(row.id, row.login, row.name, row.role, row.session)


def end(connection: Connection, staff_id: int, session: int | None = None, but: int | None = None) -> int:
    """Revoke a person's sessions: one, all, or all ``but`` one. Return how many there were."""
    which = staff_sessions.c.staff_id == staff_id
    if session is not None:
        which &= staff_sessions.c.id == session
    if but is not None:
        which &= staff_sessions.c.id != but
    return int(connection.execute(staff_sessions.delete().where(which)).rowcount)


def _lasts(at: datetime) -> sa.sql.ColumnElement[bool]:
    return (staff_sessions.c.seen_at > at - IDLE) & (staff_sessions.c.started_at > at - LONGEST)


def cookie_name() -> str:
    """Return the cookie's name: with https a browser takes it from this host and over https alone."""
    return "__Host-clinic-staff" if _is_https() else "clinic-staff"


def set_cookie(response: HTTPResponse, token: str) -> None:
    """Give the browser its token, or take it away with an empty one."""
    name = cookie_name()
    response.cookies[name] = token
    options = {"path": "/", "httponly": True, "samesite": "Lax", "secure": _is_https()}
    options["max-age"] = int(LONGEST.total_seconds()) if token else 0
    for option, value in options.items():
        response.cookies[name][option] = value


def _is_https() -> bool:
    return environment().console_url.startswith("https://")
