"""Rasa's HTTP API, where somebody switches it on, answers only who shows the clinic's token."""

import json
import shutil
import sys

import pytest

from tests.assistant import PROJECT, Assistant
from tests.server.test_health import get_from

OPEN = ["/chat", "/health/live"]
CLOSED = ["/status", "/domain", "/conversations/x/tracker", "/conversations/x/story", "/version"]


@pytest.fixture(scope="module")
def with_api(tmp_path_factory):
    """The assistant's process alone, started by hand with --enable-api."""
    folder = tmp_path_factory.mktemp("api")
    (folder / "api-token").write_text("the clinic's own", encoding="ascii")
    rasa = shutil.which("rasa", path=str(PROJECT / ".venv" / "bin")) or f"{sys.prefix}/bin/rasa"
    command = [rasa, "run", "--enable-api", "--credentials", "credentials.yml", "--interface", "127.0.0.1"]
    shell = " ".join([*command, '--port "$PORT"'])
    running = Assistant(folder, ["sh", "-c", f"exec {shell}"]).wait()
    yield running
    running.stop()


@pytest.mark.parametrize("path", OPEN)
def test_the_channels_need_no_token(with_api, path):
    assert with_api.call("GET", path)[0] == 200


@pytest.mark.parametrize("authorization", [None, "Bearer ", "Bearer wrong", "Basic the clinic's own"])
@pytest.mark.parametrize("path", CLOSED)
def test_without_the_token_the_api_answers_403(with_api, path, authorization):
    assert get_from(with_api.port, f"{path}?token=wrong", authorization) == (403, '{"error":"forbidden"}')


@pytest.mark.parametrize("path", ["/model/parse", "/conversations/x/messages", "/conversations/x/execute"])
def test_without_the_token_nothing_can_be_done_with_it(with_api, path):
    assert get_from(with_api.port, path, None, "POST", b"{}")[0] == 403
    assert get_from(with_api.port, "/model", None, "PUT", b'{"model_file": "/etc/passwd"}')[0] == 403


def test_with_the_token_the_api_answers(with_api):
    status, body = get_from(with_api.port, "/status", "Bearer the clinic's own")
    assert status == 200
    assert "model_file" in json.loads(body)
