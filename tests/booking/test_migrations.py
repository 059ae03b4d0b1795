from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from clinic.booking import store, taken
from clinic.booking.model import SlotTaken
from clinic.booking.records import By, Client, find
from clinic.database import PROJECT, database, metadata, migrate
from tests.booking.diaries import slot
from tests.booking.test_store import TUESDAY
from tests.conftest import new_database

BEFORE = """
INSERT INTO appointments (id, reference, idempotency_key, service, practitioner, starts_at, ends_at,
  client_name, client_contact, status, conversation, created_at, changed_at)
VALUES (7, 'ABC-234', 'k', 'Facial acupuncture', 'Ada Moor', :start, :end, 'Jane',
  'jane@example.com', 'moved', 'c', :start, :end)
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def first_version(request, tmp_path, monkeypatch):
    """A database as the first migration left it."""
    sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'old.db'}" if sqlite else new_database(request.getfixturevalue("postgres"))
    monkeypatch.setenv("DATABASE_URL", url)
    config = Config()
    config.set_main_option("script_location", str(PROJECT / "migrations"))
    command.upgrade(config, "0001")
    yield config
    database().dispose()


def test_appointments_of_the_first_version_keep_their_time_and_get_a_history(first_version, monday):
    wanted = slot(TUESDAY, "09:00")
    values = {"start": wanted.start.replace(tzinfo=None), "end": wanted.end.replace(tzinfo=None)}
    cells = [{"at": cell.replace(tzinfo=None)} for cell in taken.cells(wanted)]
    with database().begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SET LOCAL TIME ZONE 'UTC'"))
        connection.execute(sa.text(BEFORE), values)
        connection.execute(sa.text("INSERT INTO sold_time VALUES ('Ada Moor', :at, 7)"), cells)
    migrate()
    kept = find(database(), "ABC-234", "jane@example.com")
    assert (kept.slot, kept.sequence, kept.client.email) == (wanted, 1, "jane@example.com")
    with pytest.raises(SlotTaken):
        store.book(database(), slot(TUESDAY, "09:30"), "Any", Client("J", "j@example.com"), By("new", monday))
    with database().connect() as connection:
        history = connection.execute(
            sa.text("SELECT sequence, what FROM appointment_changes ORDER BY sequence")
        )
        assert [tuple(row) for row in history] == [(0, "confirmed"), (1, "moved")]
    command.downgrade(first_version, "0001")
    with database().connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM sold_time")).scalar() == len(cells)


def test_the_migrations_make_the_tables_that_the_code_describes(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        found = compare_metadata(context, metadata)
    # The conversations' tables are described elsewhere (tests/conversation).
    ours = [
        d for d in found if d[0] != "remove_table" and getattr(d[1], "table", d[1]).name in metadata.tables
    ]
    assert ours == []
