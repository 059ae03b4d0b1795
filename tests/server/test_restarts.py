"""A process that dies, one that is stopped while it answers, and a model that was changed."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from clinic.conversation.history import said_since
from tests.assistant import PROJECT, Assistant, descendants


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    assistant = Assistant(tmp_path_factory.mktemp("restarts")).wait()
    yield assistant
    if assistant.process.poll() is None:
        assistant.stop()


def pids(assistant, name):
    return [int(pid) for pid in re.findall(rf"{name} *\| started \(pid (\d+)\)", assistant.log.read_text())]


def is_ready(assistant):
    try:
        return assistant.call("GET", "/health/ready")[0] == 200
    except OSError:
        return False


def until(condition, seconds=90):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize("name", ["actions", "assistant"])
def test_a_process_that_was_killed_is_replaced_and_conversations_go_on(running, name):
    before = pids(running, name)
    os.kill(before[-1], signal.SIGKILL)
    until(lambda: len(pids(running, name)) > len(before))
    until(lambda: is_ready(running))
    assert "Gladly" in running.talk("hello", "i want to book")[-1]


def test_make_restart_replaces_every_process(running):
    before = {name: pids(running, name)[-1] for name in ("actions", "assistant")}
    variables = {"CLINIC_DATA": str(running.folder), "PORT": str(running.port)}
    done = subprocess.run(
        [sys.executable, "-m", "clinic.start", "restart"],
        cwd=PROJECT,
        env=os.environ | variables | {"CLINIC_FILE": str(PROJECT / "tests" / "clinic.yml")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    until(lambda: "all processes have been replaced" in running.log.read_text())
    assert all(pids(running, name)[-1] != pid for name, pid in before.items())
    assert running.talk("hello")


def test_a_stop_answers_every_message_in_flight(running):
    """A widget message's request is over before its answer is made, which needs the action server."""
    sessions = [json.loads(running.call("POST", "/chat/session", {})[1]) for _ in range(6)]
    accepted = []

    def send(session):
        if running.send(session["token"], "book a facial please")[0] == 202:
            accepted.append(session["conversation"])

    threads = [threading.Thread(target=send, args=(session,)) for session in sessions]
    for thread in threads:
        thread.start()
    until(lambda: len(accepted) >= 3, 30)
    running.process.send_signal(signal.SIGTERM)
    for thread in threads:
        thread.join()
    assert running.process.wait(60) == 0
    engine = sa.create_engine(f"sqlite:///{running.folder / 'clinic.db'}", future=True)
    for conversation in accepted:
        said = said_since(engine, conversation, 0)
        assert [s.sender for s in said].count("visitor") == 1
        assert "When would you like to come" in said[-1].text
    engine.dispose()


def test_a_changed_model_is_refused_by_the_process_that_would_load_it(tmp_path, monkeypatch):
    trained = next((PROJECT / "models").glob("*.tar.gz"))
    model = tmp_path / "model.tar.gz"
    shutil.copy(trained, model)
    shutil.copy(f"{trained}.signature", f"{model}.signature")
    with model.open("ab") as file:
        file.write(b"changed")
    refused = Assistant(
        tmp_path, [sys.executable, "-m", "clinic.start", "process", "assistant"], MODEL=str(model)
    )
    assert refused.process.wait(90) != 0
    assert "was changed since it was trained" in refused.log.read_text()


def test_when_the_supervisor_is_killed_its_processes_end_and_free_their_ports(tmp_path):
    alone = Assistant(tmp_path).wait()
    others = descendants(alone.process.pid)
    os.kill(alone.process.pid, signal.SIGKILL)
    alone.process.wait(10)
    until(lambda: not any(Path(f"/proc/{process}").exists() for process in others))
    for port in (alone.port, alone.actions_port):
        until(lambda: is_free(port))  # noqa: B023


def is_free(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
