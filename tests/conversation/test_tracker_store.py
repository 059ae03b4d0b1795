from __future__ import annotations

import sqlalchemy as sa
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from clinic.conversation.history import erase, said_since, transcript
from clinic.conversation.tracker_store import ClinicTrackerStore
from clinic.database import database


async def kept(text="does it hurt", sender="widget-1"):
    store = ClinicTrackerStore(Domain.empty())
    buttons = {"buttons": [{"title": "Book"}]}
    tracker = DialogueStateTracker.from_events(sender, [UserUttered(text), BotUttered("Hardly.", buttons)])
    await store.save(tracker)
    return store


async def test_conversations_are_kept_in_the_clinics_one_database(database_url):
    store = await kept()
    with database().connect() as connection:
        senders = connection.execute(sa.text("SELECT DISTINCT sender_id FROM events")).scalars().all()
    assert senders == ["widget-1"]
    assert (await store.retrieve("widget-1")).latest_message.text == "does it hurt"
    store.engine.dispose()


async def test_what_was_said_is_read_oldest_first_and_only_of_that_conversation(database_url):
    (await kept()).engine.dispose()
    (await kept("a secret", "widget-2")).engine.dispose()
    said = said_since(database(), "widget-1", 0)
    assert [(s.sender, s.text) for s in said] == [("visitor", "does it hurt"), ("bot", "Hardly.")]
    assert said[1].buttons == [{"title": "Book", "payload": "Book"}]
    assert said_since(database(), "widget-1", said[0].id) == said[1:]
    assert "a secret" not in "".join(transcript(database(), "widget-1", "Test Clinic"))


async def test_an_erased_conversation_leaves_nothing(database_url):
    (await kept()).engine.dispose()
    (await kept("stays", "widget-2")).engine.dispose()
    erase(database(), "widget-1")
    assert said_since(database(), "widget-1", 0) == []
    assert said_since(database(), "widget-2", 0)


async def test_sqlite_lets_readers_and_a_writer_work_side_by_side():
    store = ClinicTrackerStore(Domain.empty())
    with store.engine.connect() as connection:
        assert connection.execute(sa.text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(sa.text("PRAGMA busy_timeout")).scalar() == 5000
    store.engine.dispose()


async def test_the_options_of_database_url_are_kept(postgres, monkeypatch):
    """Such as ?sslmode=require, or the host of a UNIX socket."""
    monkeypatch.setenv("DATABASE_URL", f"{postgres}/postgres?application_name=clinic")
    store = ClinicTrackerStore(Domain.empty())
    with store.engine.connect() as connection:
        assert connection.execute(sa.text("SHOW application_name")).scalar() == "clinic"
    store.engine.dispose()
