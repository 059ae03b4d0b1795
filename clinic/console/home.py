"""The first page after signing in, and signs of life for who supervises the process."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa
from sanic import response
from sanic.response import HTTPResponse

from clinic.console.pages import menu, see_other
from clinic.console.roles import ANYBODY
from clinic.console.views import Asked, view
from clinic.database import database


@view("/", role="viewer")
def home(asked: Asked) -> HTTPResponse:
    """Go to the first page of the navigation."""
    return see_other(next(one.path for one in menu() if asked.me.may(one.role)))


@view("/health/live", role=ANYBODY)
async def live(_asked: Asked) -> HTTPResponse:
    """Say that the process runs."""
    return response.json({"status": "ok"})


@view("/health/ready", role=ANYBODY)
async def ready(_asked: Asked) -> HTTPResponse:
    """Say that the database answers; 503 when it does not."""
    await asyncio.to_thread(_ask_database)
    return response.json({"status": "ok"})


def _ask_database() -> None:
    with database().connect() as connection:
        connection.execute(sa.select(1))
