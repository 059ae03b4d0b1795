from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import hypothesis
import pytest
import sqlalchemy as sa
import structlog
from hypothesis.configuration import set_hypothesis_home_dir
from rasa.core.agent import Agent
from sqlalchemy.engine import Engine

import clinic.rasa_patches  # noqa: F401 (before the first model is loaded, as in every process of ours)
from clinic.booking.visits import Visit
from clinic.database import database, migrate
from clinic.settings.environment import PROJECT, VARIABLES
from tests.booking.bookings import booking
from tests.postgres import running_postgres

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)

set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "hypothesis")  # not into the project
hypothesis.settings.register_profile("clinic", database=None, deadline=None, derandomize=True)
hypothesis.settings.load_profile("clinic")
# Rasa's debug log would hold every message.
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


@pytest.fixture
def london() -> ZoneInfo:
    return ZoneInfo("Europe/London")


@pytest.fixture
def monday() -> datetime:
    return MONDAY


@pytest.fixture(autouse=True)
def clinic_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clinic.yml, a data folder and a clock of the test's own, whatever the machine's .env says."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "clinic.yml"
    shutil.copy(PROJECT / "tests" / "clinic.yml", path)
    monkeypatch.setenv("CLINIC_FILE", str(path))
    monkeypatch.setenv("CLINIC_DATA", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'clinic.db'}")
    monkeypatch.setenv("CLINIC_NOW", MONDAY.isoformat())
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with running_postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The URL of an empty, migrated database: once SQLite, once PostgreSQL."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'clinic.db'}"
    else:
        url = new_database(request.getfixturevalue("postgres"))
    monkeypatch.setenv("DATABASE_URL", url)
    migrate()
    yield url
    database().dispose()


@pytest.fixture
def engine(database_url: str) -> Engine:
    return database()


def new_database(server: str) -> str:
    """Make an empty database on a PostgreSQL server and return its URL."""
    name = f"test_{uuid4().hex}"
    administrator = sa.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT", future=True)
    with administrator.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    administrator.dispose()
    return f"{server}/{name}"


@pytest.fixture
def book(engine: Engine, monday: datetime) -> Callable[..., Visit]:
    """A function that books: tests.booking.bookings.booking."""
    return booking(engine, monday)


@pytest.fixture(scope="session")
def agent() -> Agent:
    """The trained model in models/; ``make train`` makes it."""
    if not list((PROJECT / "models").glob("*.tar.gz")):
        pytest.fail("models/ holds no model: run make train")
    return Agent.load(str(PROJECT / "models"))
