from __future__ import annotations

import sqlalchemy as sa
from rasa.shared.core.domain import Domain

from clinic.conversation.tracker_store import ClinicTrackerStore
from clinic.database import database


async def test_sqlite_lets_readers_and_a_writer_work_side_by_side():
    store = ClinicTrackerStore(Domain.empty())
    with store.engine.connect() as connection:
        assert connection.execute(sa.text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(sa.text("PRAGMA busy_timeout")).scalar() == 2000
    store.engine.dispose()


async def test_the_options_of_database_url_are_kept(postgres, monkeypatch):
    """Such as ?sslmode=require, or the host of a UNIX socket."""
    monkeypatch.setenv("DATABASE_URL", f"{postgres}/postgres?application_name=clinic")
    with ClinicTrackerStore(Domain.empty()).engine.connect() as connection:
        assert connection.execute(sa.text("SHOW application_name")).scalar() == "clinic"
    database().dispose()
