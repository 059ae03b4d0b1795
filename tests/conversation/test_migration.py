"""An installation whose conversations Rasa's own tracker store has kept goes on with them."""

from __future__ import annotations

import json
import time

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain

from clinic.conversation.tables import conversations
from clinic.conversation.tracker_store import ClinicTrackerStore
from clinic.database import database, migrate
from clinic.settings.environment import PROJECT
from tests.conftest import new_database

SAID = (
    {"event": "action", "name": "action_session_start"},
    {"event": "session_started"},
    {"event": "action", "name": "action_listen"},
    {"event": "user", "text": "do the needles hurt\0", "parse_data": {"intent": {"name": "faq"}}},
    {"event": "bot", "text": "Hardly."},
)


@pytest.fixture(params=["sqlite", "postgresql"])
def before(request, tmp_path, monkeypatch):
    """A database of the first version, with a conversation in Rasa's table."""
    url = f"sqlite:///{tmp_path / 'clinic.db'}"
    if request.param == "postgresql":
        url = new_database(request.getfixturevalue("postgres"))
    monkeypatch.setenv("DATABASE_URL", url)
    config = Config()
    config.set_main_option("script_location", str(PROJECT / "migrations"))
    command.upgrade(config, "0001")
    SQLTrackerStore.Base.metadata.create_all(database())
    rows = [
        {
            "sender_id": "c",
            "type_name": event["event"],
            "timestamp": time.time(),
            "data": json.dumps(event | {"timestamp": time.time()}),
        }
        for event in SAID
    ]
    with database().begin() as connection:
        connection.execute(SQLTrackerStore.SQLEvent.__table__.insert(), rows)
    yield database()
    database().dispose()


async def test_conversations_get_a_row_an_index_and_go_on(before):
    migrate()
    with before.connect() as connection:
        row = connection.execute(sa.select(conversations)).one()
        indexed = connection.execute(sa.text("SELECT conversation FROM message_index")).scalars().all()
    assert (row.id, row.visitor_messages, row.bot_messages) == ("c", 1, 1)
    assert row.started_at <= row.last_at
    assert indexed == ["c", "c"]
    tracker = await ClinicTrackerStore(Domain.empty()).retrieve("c")
    assert tracker.latest_message.text.startswith("do the needles hurt")
