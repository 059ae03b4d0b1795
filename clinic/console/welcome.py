"""What a one-time link opens: the owner makes the first account, others choose a password."""

from __future__ import annotations

import re

import sqlalchemy as sa
from sanic.response import HTTPResponse
from sqlalchemy.exc import IntegrityError

from clinic.console import codes, links, passwords, sessions
from clinic.console.audit import record
from clinic.console.login import signed_in
from clinic.console.pages import page
from clinic.console.refused import Refused
from clinic.console.roles import ANYBODY
from clinic.console.tables import staff
from clinic.console.views import Asked, view

EXPIRED = (
    "The link was used before, or is older than a day. Ask a manager for a new one, or run "
    "python -m clinic.console link."
)
LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")
LONGEST_NAME = 64


@view("/welcome/<token>", role=ANYBODY)
def show(asked: Asked, token: str) -> HTTPResponse:
    """Show the form; reading it uses nothing up, as a mail program may look ahead."""
    return page(asked, "login/welcome.html", link=_link(asked, token))


@view("/welcome/<token>", role=ANYBODY, methods=("POST",))
def accept(asked: Asked, token: str) -> HTTPResponse:
    """Store the password, use the link up, end all sessions before, and begin one."""
    link = _link(asked, token)
    login = link.login or checked_login(asked.field("login"))
    typed = asked.request.form or {}
    password = passwords.checked(str(typed.get("password") or ""), str(typed.get("again") or ""), login)
    values = {"password": passwords.hashed(password), "totp_secret": None, "totp_step": None}
    if not links.use(asked.connection, token, asked.at):
        raise Refused(404, EXPIRED)
    staff_id = link.staff_id or _owner(asked, login)
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


def _owner(asked: Asked, login: str) -> int:
    return add(asked, login, checked_name(asked.field("name")), "owner")


def add(asked: Asked, login: str, name: str, role: str) -> int:
    """Add an account without a password and return its id. Raises Refused (400) for a login in use."""
    row = {"login": login, "name": name, "role": role, "active": True, "created_at": asked.at}
    try:
        return int(asked.connection.execute(staff.insert().values(row)).inserted_primary_key[0])
    except IntegrityError:
        raise Refused(
            400, "Somebody has this name for signing in already. Go back and choose another."
        ) from None


def checked_login(text: str) -> str:
    """Return a name to sign in with. Raises Refused (400)."""
    if not LOGIN.fullmatch(text.casefold()):
        raise Refused(
            400, "A name for signing in has letters, digits and . _ @ + - alone. Go back and change it."
        )
    return text.casefold()


def checked_name(text: str) -> str:
    """Return a name that people read. Raises Refused (400)."""
    if not 0 < len(text) <= LONGEST_NAME or not text.isprintable():
        raise Refused(400, f"A name has 1 to {LONGEST_NAME} characters. Go back and change it.")
    return text
