"""One's own account: password, the phone that makes codes, and where one is signed in."""

from __future__ import annotations

import pyotp
import segno
import sqlalchemy as sa
from sanic.response import HTTPResponse

from clinic.channels.door import address_of
from clinic.console import codes, passwords, sessions, throttle
from clinic.console.audit import record
from clinic.console.pages import name_of_clinic, page, see_other
from clinic.console.refused import Refused
from clinic.console.tables import staff, staff_recovery_codes, staff_sessions
from clinic.console.views import Asked, view
from clinic.database import database

HERE = "/account"


@view(HERE, role="viewer")
def show(asked: Asked) -> HTTPResponse:
    """Show the account."""
    left = sa.select(sa.func.count()).where(staff_recovery_codes.c.staff_id == asked.me.id)
    newest = staff_sessions.c.seen_at.desc()
    mine = sa.select(staff_sessions).where(staff_sessions.c.staff_id == asked.me.id).order_by(newest)
    return page(
        asked,
        "account/account.html",
        has_phone=_mine(asked).totp_secret is not None,
        codes_left=asked.connection.execute(left).scalar(),
        sessions=asked.connection.execute(mine).all(),
    )


@view("/account/password", role="viewer", methods=("POST",))
def change_password(asked: Asked) -> HTTPResponse:
    """Change the password and end all other sessions."""
    _confirm(asked)
    password = passwords.checked(asked.secret("new"), asked.secret("again"), asked.me.login)
    _change(asked, password=passwords.hashed(password))
    sessions.end(asked.connection, asked.me.id, but=asked.me.session)
    record(asked.connection, asked.me, "changed password", f"staff {asked.me.login}")
    return see_other(HERE)


@view("/account/phone", role="viewer")
def offer_phone(asked: Asked) -> HTTPResponse:
    """Show a new key as a picture; it counts once a code of it has been typed."""
    key = pyotp.random_base32()
    address = pyotp.TOTP(key).provisioning_uri(name=asked.me.login, issuer_name=name_of_clinic())
    picture = segno.make(address, error="m").svg_data_uri(scale=5, border=3, light="#fff", dark="#000")
    return page(asked, "account/phone.html", picture=picture, key=key, sealed=codes.sealed(key))


@view("/account/phone", role="viewer", methods=("POST",))
def set_up_phone(asked: Asked) -> HTTPResponse:
    """Ask for codes from now on, and show the recovery codes, once."""
    _confirm(asked)
    sealed = asked.field("key")
    _change(asked, totp_secret=sealed, totp_step=None)
    if not codes.of_phone(asked.connection, asked.me.id, sealed, asked.field("code"), asked.at):
        raise Refused(400, "That is not the code of this moment. Go back and type the one that is shown now.")
    sessions.end(asked.connection, asked.me.id, but=asked.me.session)
    record(asked.connection, asked.me, "set up a phone", f"staff {asked.me.login}")
    recovery = codes.new_recovery_codes(asked.connection, asked.me.id)
    return page(asked, "account/recovery.html", codes=recovery)


@view("/account/phone/remove", role="viewer", methods=("POST",))
def remove_phone(asked: Asked) -> HTTPResponse:
    """Ask for codes no longer."""
    _confirm(asked)
    _change(asked, totp_secret=None, totp_step=None)
    codes.forget(asked.connection, asked.me.id)
    record(asked.connection, asked.me, "removed the phone", f"staff {asked.me.login}")
    return see_other(HERE)


@view("/account/sessions/<number:int>/end", role="viewer", methods=("POST",))
def end_session(asked: Asked, number: int) -> HTTPResponse:
    """End one of one's own sessions."""
    if not sessions.end(asked.connection, asked.me.id, number):
        raise Refused(404)
    record(asked.connection, asked.me, "ended a session", f"staff {asked.me.login}")
    return see_other(HERE)


@view("/account/sessions/end", role="viewer", methods=("POST",))
def end_others(asked: Asked) -> HTTPResponse:
    """End all of one's sessions but this one."""
    sessions.end(asked.connection, asked.me.id, but=asked.me.session)
    record(asked.connection, asked.me, "ended all other sessions", f"staff {asked.me.login}")
    return see_other(HERE)


def _mine(asked: Asked) -> sa.engine.Row:
    return asked.connection.execute(sa.select(staff).where(staff.c.id == asked.me.id)).one()


def _change(asked: Asked, **values: str | None) -> None:
    asked.connection.execute(staff.update().where(staff.c.id == asked.me.id).values(values))


def _confirm(asked: Asked) -> None:
    """Ask for the password once more: a browser left open is no key. Raises Refused (403, 429)."""
    address = address_of(asked.request)
    if not throttle.may_try(database(), asked.me.login, address, asked.at):
        raise Refused(429)
    if not passwords.is_right(_mine(asked).password, asked.secret("password")):
        raise Refused(403, "That is not your password. Go back and try again.")
    throttle.forget(asked.connection, asked.me.login, address, asked.at)
