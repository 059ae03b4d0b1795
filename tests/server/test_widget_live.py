"""The widget's channel: presence, thumbs, the notice, a process that died, two processes on PostgreSQL."""

import json
import threading
import time
import uuid
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from clinic.conversation import inbox, presence
from clinic.database import _engine
from tests.assistant import Assistant
from tests.conftest import new_database


def engine_of(assistant):
    return _engine(f"sqlite:///{assistant.folder / 'clinic.db'}")


def begun(assistant):
    return json.loads(assistant.call("POST", "/chat/session", {})[1])


def watch(assistant, token, until):
    """Return a thread that follows the stream, and what it will have found."""
    found: list[dict] = []
    thread = threading.Thread(target=lambda: found.extend(assistant.events(token, until=until)))
    thread.start()
    time.sleep(0.5)
    return thread, found


def test_a_row_that_another_process_writes_reaches_the_open_stream(assistant):
    session = begun(assistant)
    thread, found = watch(assistant, session["token"], "typing")
    engine, moment = engine_of(assistant), datetime.now(UTC)
    presence.announce(engine, session["conversation"], "joined", "Anna", moment)
    presence.speak(engine, session["conversation"], "Hello.", "Anna", moment)
    presence.typing(engine, session["conversation"], "Anna")
    thread.join(15)
    events = {event["event"]: event for event in found}
    assert (events["presence"]["state"], events["presence"]["name"]) == ("joined", "Anna")
    assert (events["message"]["from"], events["message"]["text"]) == ("staff", "Hello.")
    assert events["typing"]["name"] == "Anna"


def test_a_thumb_is_given_by_the_answers_own_visitor_alone(assistant):
    token = assistant.session()
    answer = assistant.answered(token, "does it hurt?")[-1]
    assert answer["answer"]
    thumb = {"message": answer["id"], "value": "up"}
    for _ in range(2):
        assert assistant.call("POST", "/chat/feedback", thumb, token)[0] == 204
    assert [e["feedback"] for e in assistant.events(token) if e.get("id") == answer["id"]] == ["up"]
    assert assistant.call("POST", "/chat/feedback", thumb, assistant.session())[0] == 404


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"message": "1", "value": "up"},
        {"message": 1, "value": "sideways"},
        {"message": True, "value": "up"},
    ],
)
def test_a_thumb_of_another_shape_is_refused(assistant, content):
    assert assistant.call("POST", "/chat/feedback", content, assistant.session())[0] == 400


def test_the_notice_is_accepted_with_the_first_message(assistant):
    session = begun(assistant)
    token = session["token"]
    assert assistant.events(token)[0] == {"event": "notice", "version": session["notice"], "accepted": False}
    content = {"id": str(uuid.uuid4()), "text": "hello", "notice": session["notice"]}
    assert assistant.call("POST", "/chat/messages", content, token)[0] == 202
    assert assistant.events(token)[0]["accepted"]


def test_a_message_that_a_dead_process_left_is_answered_by_the_next(assistant):
    session = begun(assistant)
    conversation, message_id = session["conversation"], str(uuid.uuid4())
    inbox.take_in(engine_of(assistant), f"widget:{conversation}", message_id, conversation, "does it hurt?")
    for _ in range(150):
        said = [event for event in assistant.events(session["token"]) if event["event"] == "message"]
        if said:
            break
        time.sleep(0.1)
    assert [event["message"] for event in said if event["from"] == "visitor"] == [message_id]
    assert "painless" in said[-1]["text"]


def test_what_is_erased_while_it_is_answered_stays_erased(assistant):
    session = begun(assistant)
    assistant.send(session["token"], "does it hurt? is it safe? what does it cost?")
    assert assistant.call("DELETE", "/chat/session", token=session["token"])[0] == 204
    time.sleep(3)
    with engine_of(assistant).connect() as connection:
        query = sa.text("select type_name, data from events where sender_id = :c")
        assert connection.execute(query, {"c": session["conversation"]}).all() == []


def test_a_page_of_another_origin_may_ask(assistant):
    headers = assistant.headers("OPTIONS", "/chat/messages")
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Authorization" in headers["Access-Control-Allow-Headers"]
    assert assistant.headers("GET", "/widget/widget.js")["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "path", ["../clinic.yml", "%2e%2e/clinic.yml", "deno.json", "README.md", "nothing.js", ""]
)
def test_only_the_widgets_own_files_are_served(assistant, path):
    assert assistant.call("GET", f"/widget/{path}")[0] in {400, 404}


def test_on_postgresql_what_one_process_is_told_another_streams(postgres, tmp_path):
    database = {"DATABASE_URL": new_database(postgres)}
    first = Assistant(tmp_path, **database).wait()
    (tmp_path / "second").mkdir()
    token = first.session()
    (tmp_path / "second" / "secret").write_bytes((tmp_path / "secret").read_bytes())
    second = Assistant(tmp_path / "second", **database).wait()
    try:
        thread, found = watch(second, token, "turn")
        assert first.send(token, "does it hurt?")[0] == 202
        thread.join(20)
        said = [event for event in found if event["event"] == "message"]
        assert "visitor" in [event["from"] for event in said]
        assert "painless" in said[-1]["text"]
        assert found[-1]["event"] == "turn"
    finally:
        first.stop()
        second.stop()
