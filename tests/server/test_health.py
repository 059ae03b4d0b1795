"""Health, readiness, metrics and closed doors of the running processes."""

import os
import re
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.assistant import descendants


def get_from(port, path, authorization=None, method="GET", body=None):
    headers = {"Authorization": authorization} if authorization else {}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def metrics(assistant, port=None):
    token = (assistant.folder / "metrics-token").read_text(encoding="ascii")
    status, text = get_from(port or assistant.port, "/metrics", f"Bearer {token}")
    assert status == 200
    samples = re.findall(r"^([a-z_]+(?:\{[^}]*\})?) (\S+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in samples}


def test_an_assistant_that_can_answer_is_alive_and_ready(assistant):
    assert assistant.call("GET", "/health/live") == (200, '{"alive":true}')
    status, body = assistant.call("GET", "/health/ready")
    assert status == 200
    assert '"parts":{"model":true,"database":true,"actions":true}' in body


@pytest.mark.parametrize("token", [None, "wrong", ""])
def test_metrics_are_shown_to_nobody_without_the_token(assistant, token):
    for port in (assistant.port, assistant.actions_port):
        assert get_from(port, "/metrics", f"Bearer {token}" if token else None)[0] == 403


def test_a_message_is_counted_with_its_topic_its_channel_and_the_time_of_each_stage(assistant):
    before = metrics(assistant)
    assistant.answered(assistant.session(), "do the needles hurt?")
    assistant.talk("what's the capital of Mongolia?")
    after = metrics(assistant)

    def grew(name):
        return after.get(name, 0) - before.get(name, 0)

    assert grew('clinic_messages_total{channel="widget"}') == 1
    assert grew('clinic_messages_total{channel="rest"}') == 1
    assert grew('clinic_topics_total{topic="faq/pain"}') == 1
    assert grew("clinic_fallbacks_total") == 1
    for stage in ("all", "waiting", "loading", "understanding", "answering", "saving"):
        assert grew(f'clinic_message_seconds_count{{stage="{stage}"}}') >= 2, stage
    assert after["clinic_messages_in_flight"] == 0
    assert grew('clinic_http_responses_total{status="200"}') >= 1


def test_metrics_hold_no_word_and_no_identity(assistant):
    assistant.talk("zebrafinch does it hurt, I'm Zebrafinch Smith, 07700 900123")
    token = (assistant.folder / "metrics-token").read_text(encoding="ascii")
    for port in (assistant.port, assistant.actions_port):
        text = get_from(port, "/metrics", f"Bearer {token}")[1]
        assert "zebrafinch" not in text.lower()
        assert "900123" not in text


@pytest.mark.parametrize("authorization", [None, "Bearer none", "Bearer ", "Basic x"])
@pytest.mark.parametrize("path", ["/webhook", "/actions", "/nothing"])
def test_the_action_server_answers_nobody_who_does_not_know_the_secret(assistant, path, authorization):
    status, body = get_from(
        assistant.actions_port, path, authorization, "POST", b'{"next_action": "action_x"}'
    )
    assert (status, body) == (403, '{"error":"forbidden"}')


def test_the_action_server_answers_who_knows_the_secret(assistant):
    key = (assistant.folder / "actions-secret").read_text(encoding="ascii")
    status, body = get_from(assistant.actions_port, "/actions", f"Bearer {key}")
    assert status == 200
    assert "action_" in body


@pytest.mark.parametrize(
    "path",
    ["/model", "/status", "/domain", "/conversations/x/tracker", "/conversations/x/story", "/model/parse"],
)
def test_rasas_http_api_is_off(assistant, path):
    assert assistant.call("GET", path)[0] == 404


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system has no such thing")
@pytest.mark.skipif(os.cpu_count() == 1, reason="there is one core")
def test_the_assistants_python_runs_on_one_core_and_what_it_understands_with_on_all(assistant):
    assistant.talk("does it hurt?")
    for process in descendants(assistant.process.pid):
        if b"rasa" not in Path(f"/proc/{process}/cmdline").read_bytes():
            continue
        threads = [os.sched_getaffinity(int(path.name)) for path in Path(f"/proc/{process}/task").iterdir()]
        assert len(os.sched_getaffinity(process)) == 1
        roaming = sum(len(cores) > 1 for cores in threads)
        assert 1 <= roaming < len(threads) / 2
        return
    pytest.fail("there is no assistant")
