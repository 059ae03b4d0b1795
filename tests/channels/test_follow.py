from __future__ import annotations

import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore

from clinic.channels.follow import Follower
from clinic.conversation import presence
from clinic.conversation.history import add_event, said_since

SECONDS = 10


@pytest.fixture
def news(engine):
    """A queue of the conversations in which something has happened."""
    SQLTrackerStore.Base.metadata.create_all(engine)
    heard: queue.Queue = queue.Queue()
    follower = Follower(engine, heard.put)
    follower.start()
    yield heard
    follower.stop()


def until(news, conversation):
    """Wait for news of a conversation; None stands for all."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if news.get(timeout=SECONDS) == conversation:
            return True
    return False


def bot(text, monday):
    return {"event": "bot", "text": text, "timestamp": monday.timestamp(), "data": {}, "metadata": {}}


def test_what_any_process_writes_is_told(engine, news, monday):
    for conversation in ("a", "b", "a"):
        add_event(engine, conversation, bot("Hello.", monday))
        assert until(news, conversation)


def test_who_is_typing_is_told(engine, news):
    presence.typing(engine, "a", "Anna")
    assert until(news, "a")


def test_a_connection_that_was_lost_is_made_again(engine, news, monday):
    if engine.dialect.name == "postgresql":
        assert until(news, None)
        with engine.connect() as connection:
            connection.execute(
                sa.text(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where query like 'LISTEN%' and datname = current_database()"
                )
            )
    assert until(news, None)  # whatever was missed meanwhile is looked for
    add_event(engine, "a", bot("Hello.", monday))
    assert until(news, "a")


def test_a_reader_that_follows_misses_nothing_and_sees_the_order(engine, news, monday):
    """Writers that overlap: a number that a reader has passed is never filled in later."""
    seen: list[int] = []
    done = threading.Event()

    def read():
        last = 0
        while True:
            finished = done.is_set()
            for said in said_since(engine, "a", last):
                last = said.id
                seen.append(said.id)
            if finished:
                return

    reader = threading.Thread(target=read)
    reader.start()
    with ThreadPoolExecutor(6) as pool:
        written = list(pool.map(lambda n: add_event(engine, "a", bot(str(n), monday)), range(60)))
    done.set()
    reader.join()
    assert seen == sorted(written)
