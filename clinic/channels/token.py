"""Signed tokens that bind a visitor's browser to one conversation."""

from __future__ import annotations

import os
import secrets
import tempfile
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
from sanic.request import Request

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
        return str(jwt.decode(token, _secret(), [ALGORITHM], options={"require": ["sub", "exp"]})["sub"])
    except jwt.ExpiredSignatureError:
        raise Refused(401, "expired", "This chat has expired. A new one is starting.") from None
    except (jwt.InvalidTokenError, ValueError):
        raise Refused(403, "forbidden", "This chat cannot be opened from here.") from None


def _secret() -> str:
    """Return the signing key, made once and readable by this user only."""
    path = environment().data_folder / "secret"
    try:
        key = path.read_text(encoding="ascii")
    except FileNotFoundError:
        key = ""
    return key or _make_secret(path)


def _make_secret(path: Path) -> str:
    """Write a new key whole and then give it its name, so that nobody ever reads half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.stat().st_size:
        path.unlink()
    descriptor, draft = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first: its key counts
    finally:
        Path(draft).unlink()
    return path.read_text(encoding="ascii")
