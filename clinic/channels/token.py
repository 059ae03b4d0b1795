"""Signed tokens that bind a visitor's browser to one conversation."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import jwt

from clinic.channels.door import Refused
from clinic.settings.secret import secret

LIFETIME = timedelta(days=30)
ALGORITHM = "HS256"


def issue() -> tuple[str, str, datetime]:
    """Return (token, conversation, expiry) for a new conversation."""
    conversation = f"widget-{uuid.uuid4()}"
    expires = datetime.now(UTC) + LIFETIME
    token = jwt.encode({"sub": conversation, "exp": expires}, secret(), ALGORITHM)
    return token, conversation, expires


def conversation_of(authorization: str | None) -> str:
    """Return the conversation that an Authorization header's bearer token opens.

    Raises:
        Refused: 401 when it has expired, 403 when it is missing or not one of ours.

    """
    token = (authorization or "").removeprefix("Bearer ")
    try:
        return str(jwt.decode(token, secret(), [ALGORITHM], options={"require": ["sub", "exp"]})["sub"])
    except jwt.ExpiredSignatureError:
        raise Refused(401, "expired", "This chat has expired. A new one is starting.") from None
    except (jwt.InvalidTokenError, ValueError):
        raise Refused(403, "forbidden", "This chat cannot be opened from here.") from None
