"""What somebody gets who shows no secret or the wrong one."""

from __future__ import annotations

from sanic.response import HTTPResponse, json


def forbidden() -> HTTPResponse:
    """Return 403, the same whatever was wrong."""
    return json({"error": "forbidden"}, status=403)
