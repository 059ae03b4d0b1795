"""Lets the widget run on the clinic's own website, which is another origin.

Any origin may ask: a request is worth what its token opens, and no cookie is ever sent along.
"""

from __future__ import annotations

from typing import Any

from sanic import Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

PATHS = ("/chat/", "/widget/")
ALLOWED = {
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Last-Event-ID",
    "Access-Control-Allow-Methods": "GET, POST, DELETE",
    "Access-Control-Max-Age": "7200",
}


def install(app: Sanic) -> None:
    """Answer a browser's questions before, and allow the answers after."""
    app.register_middleware(_preflight, "request")
    app.register_middleware(_allow, "response")


async def _preflight(request: Request) -> HTTPResponse | None:
    asked = request.method == "OPTIONS" and request.path.startswith(PATHS)
    return response.empty(headers=ALLOWED) if asked else None


async def _allow(request: Request, answer: Any) -> HTTPResponse | None:
    if request.path.startswith(PATHS):
        answer.headers["Access-Control-Allow-Origin"] = "*"
        answer.headers["X-Content-Type-Options"] = "nosniff"
    return None
