"""Signing in and out."""

from __future__ import annotations

import sqlalchemy as sa
from sanic.response import HTTPResponse

from clinic.channels.door import address_of
from clinic.console import codes, passwords, sessions, throttle
from clinic.console.audit import record
from clinic.console.pages import page, see_other
from clinic.console.roles import ANYBODY
from clinic.console.tables import staff
from clinic.console.views import HOME, Asked, view
from clinic.database import database

FAILED = (
    "Name, password and code do not belong together, or there were too many attempts. "
    "Try again, or in a quarter of an hour."
)


@view("/login", role=ANYBODY)
def ask(asked: Asked) -> HTTPResponse:
    """Show the log-in."""
    if asked.staff:
        return see_other(HOME)
    return page(asked, "login/login.html", next=asked.argument("next"), problem="", login="")


@view("/login", role=ANYBODY, methods=("POST",))
def sign_in(asked: Asked) -> HTTPResponse:
    """Begin a session, or say in the same words each time that it could not be."""
    login, address = asked.field("login").casefold(), address_of(asked.request)
    may_try = throttle.may_try(database(), login, address, asked.at)
    row = _account(asked, login) if may_try else None
    if row is None:
        if may_try:  # what is not even looked at does not fill the trail
            record(asked.connection, None, "failed to sign in", f"address {address}")
        values = {"next": asked.field("next"), "problem": FAILED, "login": asked.field("login")}
        return page(asked, "login/login.html", 401, **values)
    throttle.forget(asked.connection, login, address, asked.at)
    return signed_in(asked, row.id, asked.field("next"))


def signed_in(asked: Asked, staff_id: int, wanted: str = HOME) -> HTTPResponse:
    """Begin a session and send the browser on to the page it wanted."""
    token = sessions.begin(asked.connection, staff_id, asked.request, asked.at)
    record(asked.connection, sessions.who(asked.connection, token, asked.at), "signed in", "")
    answer = see_other(wanted if is_local(wanted) else HOME)
    sessions.set_cookie(answer, token)
    return answer


@view("/logout", role="viewer", methods=("POST",))
def sign_out(asked: Asked) -> HTTPResponse:
    """End this session."""
    sessions.end(asked.connection, asked.me.id, asked.me.session)
    record(asked.connection, asked.me, "signed out", "")
    answer = see_other("/login")
    sessions.set_cookie(answer, "")
    return answer


def _account(asked: Asked, login: str) -> sa.engine.Row | None:
    """Return the account that name, password and code open, or None. It takes as long for any wrong name."""
    row = asked.connection.execute(sa.select(staff).where(staff.c.login == login, staff.c.active)).first()
    stored = row.password if row else None
    if not passwords.is_right(stored, asked.secret("password")) or row is None:
        return None
    code = asked.field("code")
    if row.totp_secret and not codes.is_right(asked.connection, row.id, row.totp_secret, code, asked.at):
        return None
    return row


def is_local(address: str) -> bool:
    """Say whether an address is a page of the console, and nothing that a browser takes for another site."""
    return address.startswith("/") and not address.startswith("//") and not set(address) & set("\\\t\r\n")
