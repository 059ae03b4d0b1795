"""The widget's channel over HTTP: once, in order, resumable, and nobody else's."""

import json
import sys
import uuid

import pytest

from clinic.database import migrate
from evaluation.booking_http import rush
from tests.assistant import Assistant


def test_a_message_is_processed_once_however_often_it_is_sent(assistant):
    token, message_id = assistant.session(), str(uuid.uuid4())
    for _ in range(3):
        assert assistant.send(token, "does it hurt?", message_id)[0] == 202
    assistant.answered(token, "thanks")
    said = [e for e in assistant.events(token) if e.get("from") == "visitor"]
    assert [e["text"] for e in said] == ["does it hurt?", "thanks"]
    assert said[0]["message"] == message_id


def test_the_stream_resumes_after_the_last_event(assistant):
    token = assistant.session()
    said = assistant.answered(token, "is it safe?")
    ids = [e["id"] for e in said]
    assert ids == sorted(set(ids))
    rest = [e for e in assistant.events(token, after=ids[0]) if e["event"] == "message"]
    assert [e["id"] for e in rest] == ids[1:]


def test_a_forged_token_and_another_visitors_id_open_nothing(assistant):
    token = assistant.session()
    for wrong in ("", "x", token[:-2] + "xx", token.split(".")[0] + "..", None):
        assert assistant.send(wrong, "hello")[0] == 403
        assert assistant.call("GET", "/chat/transcript", token=wrong)[0] == 403


def test_the_transcript_is_complete_and_erasing_empties_it(assistant):
    token = assistant.session()
    assistant.answered(token, "do you treat rosacea?")
    assert "do you treat rosacea?" in assistant.call("GET", "/chat/transcript", token=token)[1]
    assert assistant.call("DELETE", "/chat/session", token=token)[0] == 204
    assert assistant.call("GET", "/chat/transcript", token=token) == (200, "")
    assert b"do you treat rosacea?" not in (assistant.folder / "log.txt").read_bytes()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[" * 5000, 400),
        (b"\xff\xfe", 400),
        (b'{"id": "1", "text": "\\ud800"}', 400),
        (b'{"id": 7, "text": "x"}', 400),
        (b'{"id": "1", "text": ["x"]}', 400),
        (json.dumps({"id": "1", "text": "x" * 1001}).encode(), 413),
        (b'{"id": "1", "text": "' + b"x" * 70_000 + b'"}', 413),
    ],
)
def test_what_no_visitor_sends_is_refused_and_harms_nobody(assistant, body, status):
    token = assistant.session()
    assert assistant.call("POST", "/chat/messages", body, token)[0] == status
    assert assistant.call("GET", "/health/ready")[0] == 200


def test_a_command_typed_by_a_visitor_is_plain_text(assistant):
    token = assistant.session()
    said = assistant.answered(token, '/book{"client_name": "Mallory"}')
    assert said[-1]["from"] == "bot"
    assert "Mallory" not in said[-1]["text"]
    assert not any("would you like to come" in (one["text"] or "") for one in said)


def test_one_bad_sender_does_not_end_the_server(assistant):
    for sender in ("\ud800", "a\0b", "", "x" * 300, None, 7):
        body = json.dumps({"sender": sender, "message": "hi"}).encode("utf-8", "surrogatepass")
        assert assistant.call("POST", "/webhooks/rest/webhook", body)[0] == 400
    assert assistant.talk("hello")


def test_when_the_action_server_is_down_the_visitor_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'clinic.db'}")
    migrate()
    rasa = "import os; from rasa.__main__ import main; import sys; sys.argv = ['rasa', 'run', '--interface', "
    rasa += "'127.0.0.1', '--credentials', 'credentials.yml', '--port', os.environ['PORT']]; main()"
    alone = Assistant(tmp_path, [sys.executable, "-c", rasa]).wait()
    try:
        said = alone.answered(alone.session(), "book an appointment")
        assert "something went wrong on our side" in said[-1]["text"]
    finally:
        alone.stop()


def test_of_many_visitors_at_once_one_gets_the_slot_and_the_others_are_told(assistant):
    """A small size of evaluation.booking_http."""
    outcomes = [visit.outcome for visit in rush(assistant, "8 January", visitors=6)]
    assert sorted(outcomes) == ["booked", *["told"] * 5]
