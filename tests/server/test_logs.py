"""No word of a visitor in any log, whatever the level: a sentinel goes every way through the real server."""

import json
import logging
import sqlite3
import time
from contextlib import contextmanager

import pytest

from tests.assistant import Assistant

SENTINEL = "Zebrafinch"


@pytest.fixture(scope="module")
def talkative(tmp_path_factory):
    """An assistant at debug level."""
    folder = tmp_path_factory.mktemp("talkative")
    running = Assistant(folder, LOG_LEVEL="DEBUG", LOG_LEVEL_LIBRARIES="DEBUG", LOG_FORMAT="json").wait()
    yield running
    running.stop()


def log_of(assistant):
    """Return all that was logged, in lower case: the log and every other file but the database."""
    files = [path for path in assistant.folder.rglob("*") if path.is_file() and "clinic.db" not in path.name]
    assert assistant.log in files
    return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in files).lower()


def test_what_visitors_say_is_in_no_log_even_at_debug_level(talkative):
    token = talkative.session()
    talkative.answered(token, f"does it hurt {SENTINEL}?")
    talkative.answered(
        token, f"book a consultation friday at 9:30, my name is {SENTINEL} King, z@example.com"
    )
    talkative.answered(token, "yes")
    talkative.talk("can i talk to a human", f"{SENTINEL} Aziz", "07700 900321", f"my {SENTINEL} itches")
    talkative.talk(f"{SENTINEL} {SENTINEL} qwertz", f'/book{{"client_name": "{SENTINEL}"}}')
    talkative.send(token, SENTINEL * 200)
    talkative.call("POST", "/chat/messages", b'{"id": "1", "text": "' + SENTINEL.encode() + b"\xff", token)
    with sqlite3.connect(talkative.folder / "clinic.db") as connection:
        assert connection.execute(
            "select count(*) from events where data like ?", [f"%{SENTINEL}%"]
        ).fetchone()[0]
    assert SENTINEL.lower() not in log_of(talkative)
    assert "900321" not in log_of(talkative)


def test_what_fails_is_logged_without_the_words_that_it_failed_on(talkative):
    token = talkative.session()
    with events_out_of_reach(talkative):
        assert talkative.send(token, f"hello {SENTINEL}")[0] == 202
        talkative.call("POST", "/webhooks/rest/webhook", {"sender": SENTINEL, "message": f"hi {SENTINEL}"})
        deadline = time.monotonic() + 30
        while log_of(talkative).count("sqlalchemy.exc") < 2 and time.monotonic() < deadline:
            time.sleep(0.1)
    assert log_of(talkative).count("sqlalchemy.exc") >= 2
    assert SENTINEL.lower() not in log_of(talkative)


@contextmanager
def events_out_of_reach(assistant):
    """Take the table of events away, so that SQLAlchemy quotes what it could not store."""
    with sqlite3.connect(assistant.folder / "clinic.db") as connection:
        connection.execute("alter table events rename to hidden_events")
    try:
        yield
    finally:
        with sqlite3.connect(assistant.folder / "clinic.db") as connection:
            connection.execute("alter table hidden_events rename to events")


def test_in_json_every_line_of_a_process_is_an_object(talkative):
    talkative.talk("hello")
    objects = [
        line for line in talkative.log.read_text(encoding="utf-8").splitlines() if line.startswith("{")
    ]
    assert objects
    for line in objects:
        content = json.loads(line)
        assert content["process"] in {"assistant", "actions"}
        assert content["level"] in {name.lower() for name in logging.getLevelNamesMapping()}
