"""The audit trail: who saw or changed what, only ever added to. A database trigger refuses the rest."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.engine import Connection

from clinic.console.roles import Staff
from clinic.console.tables import audit_trail

LONGEST_SUBJECT = 300


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
