"""Who may do what: each role may do what the ones before it may."""

from __future__ import annotations

from dataclasses import dataclass

ROLES = ("viewer", "reviewer", "manager", "owner")
ANYBODY = "anybody"  # for the few views that need no log-in
MEANINGS = {
    "viewer": "reads conversations, bookings and figures",
    "reviewer": "also corrects, answers visitors, handles requests, changes bookings",
    "manager": "also trains, blocks time, books outside of what is free, invites staff",
    "owner": "may do everything",
}


@dataclass(frozen=True)
class Staff:
    """Somebody who is signed in.

    Attributes:
        id: staff.id.
        login: What they sign in with.
        name: How they are called.
        role: One of ROLES.
        session: staff_sessions.id of this browser.

    """

    id: int
    login: str
    name: str
    role: str
    session: int

    def may(self, role: str) -> bool:
        """Say whether they may do what ``role`` may."""
        return role == ANYBODY or ROLES.index(self.role) >= ROLES.index(role)
