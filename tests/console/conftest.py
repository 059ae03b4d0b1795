from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from sanic import Sanic
from sqlalchemy.engine import Engine

from clinic.console import passwords
from clinic.console.app import create
from clinic.console.tables import audit_trail
from clinic.database import database, migrate
from tests.channels.serving import serving
from tests.conftest import new_database
from tests.console.staff import PASSWORD, Person, hire

Rows = list[tuple[sa.Table, list]]
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

    async def get(self, path: str, who: Person | None = None, /, **headers: str) -> Answer:
        return await self.ask("GET", path, who, headers)

    async def post(self, path: str, who: Person | None = None, /, **fields: object) -> Answer:
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


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """A function that migrates a database once and returns its URL."""

    @lru_cache(maxsize=2)
    def once(url: str) -> str:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("DATABASE_URL", url)
            environment.setenv("CLINIC_DATA", str(tmp_path_factory.mktemp("migrated")))
            migrate()
            database().dispose()
        return url

    return once


@pytest.fixture(scope="session")
def one_postgresql(request: pytest.FixtureRequest, migrated: Callable[[str], str]) -> tuple[str, Rows]:
    """The URL of a migrated database, and the rows that the migrations put into it."""
    url = migrated(new_database(request.getfixturevalue("postgres")))
    engine, tables = sa.create_engine(url, future=True), sa.MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        rows = [
            (table, connection.execute(sa.select(table)).mappings().all()) for table in tables.sorted_tables
        ]
    engine.dispose()
    return url, [(table, found) for table, found in rows if found and table.name != "alembic_version"]


@pytest.fixture(scope="session")
def one_sqlite(tmp_path_factory: pytest.TempPathFactory, migrated: Callable[[str], str]) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "clinic.db"
    migrated(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """As in all tests, but migrated once: SQLite's file is copied, PostgreSQL's tables are emptied."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("one_sqlite"), tmp_path / "clinic.db")
        url = f"sqlite:///{tmp_path / 'clinic.db'}"
    else:
        url, rows = request.getfixturevalue("one_postgresql")
    monkeypatch.setenv("DATABASE_URL", url)
    if request.param == "postgresql":
        empty(database(), rows)
    yield url
    database().dispose()


def empty(engine: Engine, rows: Rows) -> None:
    """Empty all tables, also those whose triggers refuse it, but for the migrations' own rows."""
    names = ", ".join(name for name in sa.inspect(engine).get_table_names() if name != "alembic_version")
    with engine.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        connection.execute(sa.text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
        for table, found in rows:
            connection.execute(table.insert(), [dict(row) for row in found])


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """argon2 as in the console, with less work; tests/console/test_login.py looks at what is really asked."""
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@lru_cache(maxsize=1)
def known_hash() -> str:
    return passwords.hashed(PASSWORD)


@pytest.fixture
async def console(engine: Engine) -> AsyncIterator[Console]:
    """The console's real application on each database."""
    Sanic.test_mode = True
    async with serving(create("console-test", register=False)) as client:
        client.cookie_jar.clear()
        yield Console(client, engine)
