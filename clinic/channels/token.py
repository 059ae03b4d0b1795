"""Signed tokens that bind a visitor's browser to one conversation."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import jwt
from sanic.request import Request

from clinic.channels.door import Refused
from clinic.secret import TOKENS, secret

LIFETIME = timedelta(days=30)
ALGORITHM = "HS256"


def issue() -> tuple[str, str, datetime]:
    """Return (token, conversation, expiry) for a new conversation."""
    conversation = f"widget-{uuid.uuid4()}"
    expires = datetime.now(UTC) + LIFETIME
    token = jwt.encode({"sub": conversation, "exp": expires}, secret(TOKENS), ALGORITHM)
    return token, conversation, expires


def of(request: Request) -> str:
    """Return the conversation that a request's token opens. See conversation_of."""
    return conversation_of(request.headers.get("Authorization"))


def conversation_of(authorization: str | None) -> str:
    """Return the conversation that an Authorization header's bearer token opens.

    Raises:
        Refused: 401 when it has expired, 403 when it is missing or not one of ours.

    """
    token = (authorization or "").removeprefix("Bearer ")
    try:
        return str(jwt.decode(token, secret(TOKENS), [ALGORITHM], options={"require": ["sub", "exp"]})["sub"])
    except jwt.ExpiredSignatureError:
        raise Refused(401, "expired", "This chat has expired. A new one is starting.") from None
    except (jwt.InvalidTokenError, ValueError):
        raise Refused(403, "forbidden", "This chat cannot be opened from here.") from None
