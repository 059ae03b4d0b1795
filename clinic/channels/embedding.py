"""Lets the widget run on the clinic's own website, which is another origin.

Any origin may ask: a request is worth what its token opens, and no cookie is ever sent along.
"""

from __future__ import annotations

from typing import Any

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, empty

PATHS = ("/chat/", "/widget/")
ALLOWED = {
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Last-Event-ID",
    "Access-Control-Allow-Methods": "GET, POST, DELETE",
    "Access-Control-Max-Age": "7200",
}


def install(app: Sanic) -> None:
    """Allow the answers below PATHS to be read by any page."""
    app.register_middleware(_may_ask, "request")
    app.register_middleware(_allow, "response")


async def _may_ask(request: Request) -> HTTPResponse | None:
    """Answer a browser that asks first whether a page may ask."""
    return empty() if request.method == "OPTIONS" and request.path.startswith(PATHS) else None


async def _allow(request: Request, answer: Any) -> HTTPResponse | None:
    if request.path.startswith(PATHS):
        answer.headers["Access-Control-Allow-Origin"] = "*"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        if request.method == "OPTIONS":
            answer.headers.update(ALLOWED)
    return None
