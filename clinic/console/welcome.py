"""What a one-time link opens: the owner makes the first account, others choose a password."""

from __future__ import annotations

import sqlalchemy as sa
from sanic.response import HTTPResponse

from clinic.console import accounts, codes, links, passwords, sessions
from clinic.console.audit import record
from clinic.console.login import signed_in
from clinic.console.pages import page
from clinic.console.refused import Refused
from clinic.console.roles import ANYBODY
from clinic.console.tables import staff
from clinic.console.views import Asked, view

EXPIRED = (
    "The link was used before, or is older than a day. Ask a manager for a new one, or run make link on the "
    "assistant's machine."
)


@view("/welcome/<token>", role=ANYBODY)
def show(asked: Asked, token: str) -> HTTPResponse:
    """Show the form; reading it uses nothing up, as a mail program may look ahead."""
    return page(asked, "login/welcome.html", link=_link(asked, token))


@view("/welcome/<token>", role=ANYBODY, methods=("POST",))
def accept(asked: Asked, token: str) -> HTTPResponse:
    """Store the password, use the link up, end all sessions before, and begin one.

    A phone that was set up is forgotten: the link is also for who has lost it.
    """
    link = _link(asked, token)
    login = link.login or asked.field("login").casefold()
    password = passwords.checked(asked.secret("password"), asked.secret("again"), login)
    values = {"password": passwords.hashed(password), "totp_secret": None, "totp_step": None}
    if not links.use(asked.connection, token, asked.at):
        raise Refused(404, EXPIRED)
    staff_id = link.staff_id or accounts.add(asked, login, asked.field("name"), "owner")
    asked.connection.execute(staff.update().where(staff.c.id == staff_id).values(values))
    codes.forget(asked.connection, staff_id)
    sessions.end(asked.connection, staff_id)
    record(asked.connection, None, "used a one-time link", f"staff {login}")
    return signed_in(asked, staff_id)


def _link(asked: Asked, token: str) -> sa.engine.Row:
    link = links.find(asked.connection, token, asked.at)
    if link is None or (link.staff_id is None and links.has_owner(asked.connection)):
        raise Refused(404, EXPIRED)
    return link
