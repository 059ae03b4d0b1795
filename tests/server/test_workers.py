"""Many assistants on one PostgreSQL behind nginx, as `make run WORKERS=2` starts them."""

import asyncio
import os
import re
import shutil
import signal
import socket

import pytest

from evaluation import restarts
from tests.server.test_health import get_from

pytestmark = pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed: make nginx")


@pytest.fixture(scope="module")
def many():
    with restarts.many(2) as (running, url):
        yield running, url


def pids(running):
    """Return the pid of each assistant's newest process by its name."""
    return dict(re.findall(r"(assistant\.\d) *\| started \(pid (\d+)\)", running.log.read_text()))


def inner_ports(running):
    return [running.port + 101, running.port + 102]


def test_a_conversation_through_nginx(many):
    running, _ = many
    said = running.answered(running.session(), "do the needles hurt?")
    assert "painless" in said[-1]["text"]


def test_visitors_are_spread_over_the_assistants(many):
    running, _ = many
    for _ in range(12):
        running.answered(running.session(), "hello")
    token = (running.folder / "metrics-token").read_text()
    for port in inner_ports(running):
        assert 'clinic_messages_total{channel="widget"}' in get_from(port, "/metrics", f"Bearer {token}")[1]


def test_the_assistants_and_the_action_server_listen_on_this_machine_only(many):
    running, _ = many
    for port in (*inner_ports(running), running.actions_port):
        with socket.socket() as probe:  # who listens on all addresses answers on this one too
            assert probe.connect_ex(("127.0.0.2", port)) != 0
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) == 0


def test_all_are_replaced_under_load_and_no_message_is_lost(many):
    """A small size of `python -m evaluation.restarts`."""
    running, url = many
    before = pids(running)
    restart = lambda: running.process.send_signal(signal.SIGUSR1)  # noqa: E731
    visits = asyncio.run(restarts.load(running.address, 30, 2, tasks=[restart, lambda: None]))
    restarts.until(lambda: restarts.times_replaced(running))
    restarts.until(lambda: restarts.is_answered(visits, url))
    outcome = restarts.judge(visits, url)
    assert outcome.sent >= 40
    assert outcome.is_clean, outcome
    assert not before.items() & pids(running).items()


def test_one_that_is_killed_is_replaced_and_the_other_answers_meanwhile(many):
    running, _ = many
    before = pids(running)
    os.kill(int(before["assistant.1"]), signal.SIGKILL)
    for _ in range(4):
        assert running.answered(running.session(), "do the needles hurt?")
    restarts.until(lambda: pids(running)["assistant.1"] != before["assistant.1"])
    restarts.until(lambda: is_ready(inner_ports(running)[0]))
    assert pids(running)["assistant.2"] == before["assistant.2"]


def is_ready(port):
    try:
        return get_from(port, "/health/ready")[0] == 200
    except OSError:
        return False
