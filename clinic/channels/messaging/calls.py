"""One request to a platform's API, within a time limit, and what its answer means."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import aiohttp

from clinic.channels.messaging.platform import NotNow

# Patient: a message whose answer is not waited for is sent again, and may come twice.
LIMIT = aiohttp.ClientTimeout(total=30, sock_connect=5)
LONGEST_PAUSE = 3600.0  # seconds; a platform that asks for more is asked again all the same
FIRST_FAILURE = 500
LATER = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_EARLY})
LOCKED = frozenset({HTTPStatus.UNAUTHORIZED})


def session() -> aiohttp.ClientSession:
    """Return a session for one platform's API: nothing of it follows redirections or keeps cookies."""
    return aiohttp.ClientSession(timeout=LIMIT, cookie_jar=aiohttp.DummyCookieJar())


async def call(
    session: aiohttp.ClientSession,
    url: str,
    *,
    method: str = "POST",
    refused: Callable[[Any], float | None] = lambda _answer: None,
    **what: Any,
) -> tuple[int, Any]:
    """Send a request and return the status and the JSON of the answer.

    Args:
        session: See session().
        url: Whole.
        method: Of HTTP.
        refused: Finds in the answer's JSON the pause that a platform asks for, where no header says it.
        what: As aiohttp takes it: json, data, headers …

    Raises:
        NotNow: no answer in time, a failure of the platform's own, too many requests, or a token that is
            refused: all of it may be over soon.

    """
    try:
        async with session.request(method, url, allow_redirects=False, **what) as answer:
            content = _json(await answer.read())
            status, pause = answer.status, answer.headers.get("Retry-After")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise NotNow(type(error).__name__) from None
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise NotNow("too many requests", seconds(pause) if pause else refused(content))
    if status >= FIRST_FAILURE or status in LATER:
        raise NotNow(f"it answered {status}", seconds(pause))
    if status in LOCKED:
        raise NotNow("it refuses the token: make channel-check says more")
    return status, content


def basic(user: str, password: str) -> str:
    """Return the Authorization header of a log-in with user and password."""
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def seconds(text: Any) -> float | None:
    """Return the pause that a platform asks for, or None where it asks for none that can be read."""
    try:
        found = float(text)
    except (TypeError, ValueError):
        return None
    return min(found, LONGEST_PAUSE) if found >= 0 else None


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
