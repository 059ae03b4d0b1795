from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import lru_cache

import aiohttp
import pytest
import sqlalchemy as sa
from sanic import Sanic
from sqlalchemy.engine import Engine

from clinic.console.app import create
from clinic.console.passwords import hashed
from clinic.console.tables import audit_trail
from tests.channels.serving import serving
from tests.console.staff import PASSWORD, Person, hire

FROM_HERE = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Answer:
    """What the console answered."""

    status: int
    text: str
    headers: object

    @property
    def heading(self) -> str:
        return re.search(r"<h1>(.*?)</h1>", self.text)[1]


class Console:
    """The console on a free port. ``who`` is the person whose cookie is sent, or None."""

    def __init__(self, client: aiohttp.ClientSession, engine: Engine) -> None:
        self.client, self.engine = client, engine

    def hire(self, role: str, name: str | None = None, *, password: bool = False) -> Person:
        """Add somebody who is signed in; with a password (PASSWORD) only where the test needs the log-in."""
        return hire(self.engine, role, name, known_hash() if password else None)

    async def get(self, path: str, who: Person | None = None, **headers: str) -> Answer:
        return await self.ask("GET", path, who, headers)

    async def post(self, path: str, who: Person | None = None, **fields: object) -> Answer:
        return await self.ask("POST", path, who, FROM_HERE, fields)

    async def ask(self, method, path, who=None, headers=None, fields=None, token=None) -> Answer:
        """Send a request as a browser would; a redirection is not followed."""
        token = token or (who.token if who else None)
        cookies = {"Cookie": f"clinic-staff={token}"} if token else {}
        options = {"headers": (headers or {}) | cookies, "data": fields, "allow_redirects": False}
        async with self.client.request(method, path, **options) as reply:
            return Answer(reply.status, await reply.text(), reply.headers)

    def rows(self, query, **values) -> list:
        """Return the rows of a query, a text or SQLAlchemy's."""
        with self.engine.connect() as connection:
            return connection.execute(sa.text(query) if isinstance(query, str) else query, values).all()

    def trail(self) -> list[tuple[str, str, str]]:
        """Return (who, action, subject) of each entry in the audit trail."""
        columns = (audit_trail.c.staff, audit_trail.c.action, audit_trail.c.subject)
        return [tuple(row) for row in self.rows(sa.select(*columns).order_by(audit_trail.c.id))]


@lru_cache(maxsize=1)
def known_hash() -> str:
    return hashed(PASSWORD)


@pytest.fixture
async def console(engine: Engine) -> AsyncIterator[Console]:
    """The console's real application on each database."""
    Sanic.test_mode = True
    async with serving(create("console-test", register=False)) as client:
        client.cookie_jar.clear()
        yield Console(client, engine)
