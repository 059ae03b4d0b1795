"""Signed tokens that bind a visitor's browser to one conversation."""

from __future__ import annotations

import os
import secrets
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt

from clinic.channels.door import Refused
from clinic.settings import environment

LIFETIME = timedelta(days=30)
ALGORITHM = "HS256"


def issue() -> tuple[str, str, datetime]:
    """Return (token, conversation, expiry) for a new conversation."""
    conversation = f"widget-{uuid.uuid4()}"
    expires = datetime.now(UTC) + LIFETIME
    token = jwt.encode({"sub": conversation, "exp": expires}, _secret(), ALGORITHM)
    return token, conversation, expires


def conversation_of(authorization: str | None) -> str:
    """Return the conversation that an Authorization header's bearer token opens.

    Raises:
        Refused: 401 when it has expired, 403 when it is missing or not one of ours.

    """
    token = (authorization or "").removeprefix("Bearer ")
    try:
        return str(jwt.decode(token, _secret(), [ALGORITHM], options={"require": ["sub", "exp"]})["sub"])
    except jwt.ExpiredSignatureError:
        raise Refused(401, "expired", "This chat has expired. A new one is starting.") from None
    except jwt.InvalidTokenError:
        raise Refused(403, "forbidden", "This chat cannot be opened from here.") from None


def _secret() -> str:
    """Return the signing key, made once and readable by this user only."""
    path = environment().data_folder / "secret"
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        return _make_secret(path)


def _make_secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another process was first
        return path.read_text(encoding="ascii")
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        key = secrets.token_hex(32)
        file.write(key)
    return key
