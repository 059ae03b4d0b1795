"""The audit trail: who saw or changed what, only ever added to. A database trigger refuses the rest."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from clinic.console.pages import keep, page
from clinic.console.roles import Staff
from clinic.console.tables import audit_trail
from clinic.console.tables import staff as accounts
from clinic.console.views import Asked, view

LONGEST_SUBJECT = 300
AT_ONCE = 50


@view("/audit", role="manager", menu="Audit")
def show(asked: Asked) -> HTTPResponse:
    """Show the trail, newest first, of everybody or one person, action or subject."""
    who, action, subject = (asked.argument(name) for name in ("who", "action", "subject"))
    query = sa.select(audit_trail).order_by(audit_trail.c.id.desc()).limit(AT_ONCE + 1)
    if who:
        query = query.where(audit_trail.c.staff_id == asked.number("who"))
    if action:
        query = query.where(audit_trail.c.action.startswith(action, autoescape=True))
    if subject:
        query = query.where(audit_trail.c.subject == subject)
    if asked.argument("before"):
        query = query.where(audit_trail.c.id < asked.number("before"))
    rows = asked.connection.execute(query).all()
    people = asked.connection.execute(
        sa.select(accounts.c.id, accounts.c.name).order_by(accounts.c.name)
    ).all()
    older = keep(asked, before=rows[AT_ONCE - 1].id) if len(rows) > AT_ONCE else ""
    wanted = {"who": who, "action": action, "subject": subject}
    return page(asked, "audit/audit.html", rows=rows[:AT_ONCE], people=people, older=older, wanted=wanted)


def record(connection: Connection, staff: Staff | None, action: str, subject: str) -> None:
    """Add an entry, in the transaction of what it tells of.

    Args:
        connection: The view's.
        staff: Who did it; None where nobody is signed in.
        action: A verb and its object, such as "viewed transcript", that quotes nobody.
        subject: What it was done to: a kind and an id, such as "conversation 5f2c…".

    """
    connection.execute(
        audit_trail.insert().values(
            at=datetime.now(UTC),  # the real clock, whatever CLINIC_NOW says
            staff_id=staff.id if staff else None,
            staff=staff.name if staff else "",
            action=action,
            subject=subject[:LONGEST_SUBJECT],
        )
    )
