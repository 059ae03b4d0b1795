"""Signed addresses that open one appointment, or the calendar file of one, without a log-in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import jwt

from clinic.secret import TOKENS, secret
from clinic.settings import environment, now

ALGORITHM = "HS256"
VALID_AFTER = timedelta(days=7)  # after the appointment's end
MANAGE, CALENDAR = "manage", "calendar"  # what a token is for; one never opens the other


class LinkInvalid(Exception):
    """The address was not made here, or not for this."""


class LinkExpired(Exception):
    """The address was right once."""


def manage_url(reference: str, end: datetime) -> str:
    """Return the address of the page that moves or cancels an appointment.

    Args:
        reference: The appointment's.
        end: Its end, aware; the address works until a week later.

    """
    return f"{environment().public_url}/appointment/{_sign(reference, MANAGE, end)}"


def calendar_url(reference: str, end: datetime) -> str:
    """Return the address of an appointment's calendar file; it can be passed on, it changes nothing."""
    return f"{environment().public_url}/appointment/calendar/{_sign(reference, CALENDAR, end)}.ics"


def opened(token: str, purpose: str) -> str:
    """Return the reference of the appointment that a token opens.

    Raises:
        LinkExpired: its time is over.
        LinkInvalid: it is not one of ours, or for something else.

    """
    try:
        claims = jwt.decode(
            token,
            secret(TOKENS),
            [ALGORITHM],
            audience=purpose,
            options={"require": ["sub", "aud", "exp"], "verify_exp": False},  # the clock is ours, not PyJWT's
        )
        expires = datetime.fromtimestamp(claims["exp"], UTC)
    except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError, OSError):
        raise LinkInvalid from None
    if expires <= now():
        raise LinkExpired
    return str(claims["sub"])


def _sign(reference: str, purpose: str, end: datetime) -> str:
    claims = {"sub": reference, "aud": purpose, "exp": end + VALID_AFTER}
    return jwt.encode(claims, secret(TOKENS), ALGORITHM)
