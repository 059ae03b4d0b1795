"""The staff: who has an account, invitations, roles, and who is signed in."""

from __future__ import annotations

import sqlalchemy as sa
from sanic.response import HTTPResponse

from clinic.console import accounts, links, sessions
from clinic.console.audit import record
from clinic.console.pages import page, see_other
from clinic.console.refused import Refused
from clinic.console.tables import staff, staff_links, staff_sessions
from clinic.console.views import Asked, view

HERE = "/staff"


@view(HERE, role="manager", menu="Staff")
def show(asked: Asked) -> HTTPResponse:
    """Show all accounts and the form for a new one."""
    theirs = staff_sessions.c.staff_id == staff.c.id
    browsers = sa.select(sa.func.count()).where(theirs).scalar_subquery()
    seen = sa.select(sa.func.max(staff_sessions.c.seen_at)).where(theirs).scalar_subquery()
    columns = (staff, browsers.label("browsers"), seen.label("seen_at"))
    everybody = sa.select(*columns).order_by(staff.c.active.desc(), sa.func.lower(staff.c.name))
    people = asked.connection.execute(everybody).all()
    mine = accounts.grantable(asked.me.role)
    return page(asked, "staff/staff.html", people=people, roles=mine)


@view(HERE, role="manager", methods=("POST",))
def invite(asked: Asked) -> HTTPResponse:
    """Add an account and show the link that its owner opens to choose a password."""
    role, login, name = _role(asked), asked.field("login").casefold(), asked.field("name")
    link = links.new(asked.connection, accounts.add(asked, login, name, role), asked.at)
    record(asked.connection, asked.me, f"invited as {role}", f"staff {login}")
    return page(asked, "staff/link.html", name=name, link=link)


@view("/staff/<number:int>/link", role="manager", methods=("POST",))
def new_link(asked: Asked, number: int) -> HTTPResponse:
    """Show a new link, for somebody who has lost password or phone."""
    person = accounts.of(asked, number)
    if not person.active:
        raise Refused(409, "This account is not active.")
    record(asked.connection, asked.me, "made a one-time link", f"staff {person.login}")
    return page(
        asked, "staff/link.html", name=person.name, link=links.new(asked.connection, number, asked.at)
    )


@view("/staff/<number:int>/role", role="manager", methods=("POST",))
def change_role(asked: Asked, number: int) -> HTTPResponse:
    """Give somebody another role; it counts from their next click."""
    person, role = accounts.of(asked, number), _role(asked)
    _change(asked, number, role=role)
    record(asked.connection, asked.me, f"changed role from {person.role} to {role}", f"staff {person.login}")
    return see_other(HERE)


@view("/staff/<number:int>/deactivate", role="manager", methods=("POST",))
def deactivate(asked: Asked, number: int) -> HTTPResponse:
    """Let somebody in no more. The account stays, as the audit trail names it."""
    person = accounts.of(asked, number)
    _change(asked, number, active=False)
    sessions.end(asked.connection, number)
    asked.connection.execute(staff_links.delete().where(staff_links.c.staff_id == number))
    record(asked.connection, asked.me, "deactivated", f"staff {person.login}")
    return see_other(HERE)


@view("/staff/<number:int>/activate", role="manager", methods=("POST",))
def activate(asked: Asked, number: int) -> HTTPResponse:
    """Let somebody in again."""
    person = accounts.of(asked, number)
    _change(asked, number, active=True)
    record(asked.connection, asked.me, "activated", f"staff {person.login}")
    return see_other(HERE)


@view("/staff/<number:int>/sessions/end", role="manager", methods=("POST",))
def end_sessions(asked: Asked, number: int) -> HTTPResponse:
    """Sign somebody out everywhere."""
    person = accounts.of(asked, number)
    sessions.end(asked.connection, number)
    record(asked.connection, asked.me, "ended all sessions", f"staff {person.login}")
    return see_other(HERE)


def _change(asked: Asked, number: int, **values: object) -> None:
    asked.connection.execute(staff.update().where(staff.c.id == number).values(values))


def _role(asked: Asked) -> str:
    """Return the role in the form. Raises Refused (403) for one that this person may not give."""
    role = asked.field("role")
    if role not in accounts.grantable(asked.me.role):
        raise Refused(403)
    return role
