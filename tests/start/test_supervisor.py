"""The supervisor with small real processes."""

import asyncio
import os
import signal
import socket
import sys
import time
from pathlib import Path

import pytest

from clinic.settings.environment import PROJECT
from clinic.start import supervisor as module
from clinic.start.processes import Process
from clinic.start.supervisor import Supervisor

SCRIPT = Path(__file__).with_name("small_process.py")


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(module, "READY_SECONDS", 20.0)


class Stage:
    """A supervisor that runs, and the notes of its processes."""

    def __init__(self, folder, *, sockets=None, stop_seconds=2.0, **behaviours):
        self.stop_seconds = stop_seconds
        self.notes, self.behaviours, self.sockets = folder / "notes", behaviours, sockets or {}
        self.notes.touch()
        self.is_up = asyncio.Event()

    def plans(self):
        variables = os.environ | {"PYTHONPATH": str(PROJECT)}
        return [
            Process(
                name,
                f"{sys.executable} {SCRIPT} {name} {self.notes} {behaviour}",
                variables,
                serves=name.startswith("assistant"),
                tells=True,
            )
            for name, behaviour in self.behaviours.items()
        ]

    async def __aenter__(self):
        self.run = asyncio.create_task(
            Supervisor(self.plans, self.sockets, self.is_up.set, self.stop_seconds).run()
        )
        up = asyncio.create_task(self.is_up.wait())
        await asyncio.wait({self.run, up}, timeout=30, return_when=asyncio.FIRST_COMPLETED)
        up.cancel()
        return self

    async def __aexit__(self, *_):
        if not self.run.done():
            os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(self.run, 30)

    def happened(self, what=""):
        """Return what was noted, each as "name what"."""
        lines = (line.rsplit(" ", 1)[0] for line in self.notes.read_text().splitlines())
        return [line for line in lines if what in line]

    def pids(self, name):
        lines = (line.split() for line in self.notes.read_text().splitlines())
        return [int(pid) for who, what, pid in lines if who == name and what == "starts"]

    async def until(self, condition, seconds=30):
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.happened()
            await asyncio.sleep(0.02)


async def test_a_process_that_dies_is_started_again_and_the_others_go_on(tmp_path):
    async with Stage(tmp_path, actions="gentle", assistant="gentle") as stage:
        os.kill(stage.pids("assistant")[0], signal.SIGKILL)
        await stage.until(lambda: stage.happened().count("assistant ready") == 2)
        assert len(stage.pids("actions")) == 1


async def test_one_that_dies_again_and_again_is_started_again_and_again(tmp_path):
    async with Stage(tmp_path, assistant="gentle") as stage:
        for deaths in range(1, 4):
            os.kill(stage.pids("assistant")[-1], signal.SIGKILL)
            await stage.until(lambda: stage.happened().count("assistant ready") == deaths + 1)  # noqa: B023


async def test_one_that_hangs_is_replaced_and_one_that_works_is_not(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SILENT_SECONDS", 2.0)
    async with Stage(tmp_path, actions="gentle", assistant="silent") as stage:
        await stage.until(lambda: len(stage.pids("assistant")) > 1)
        assert len(stage.pids("actions")) == 1


async def test_before_all_is_up_a_death_ends_everything_and_is_an_error(tmp_path, capsys):
    async with Stage(tmp_path, actions="gentle", assistant="broken") as stage:
        assert await asyncio.wait_for(stage.run, 20) == 1
    assert "assistant could not be started" in capsys.readouterr().out
    assert stage.happened("assistant") == ["assistant starts"]


async def test_those_who_answer_visitors_end_before_those_they_need(tmp_path):
    async with Stage(
        tmp_path, **{"actions": "gentle", "assistant.1": "gentle", "assistant.2": "gentle"}
    ) as stage:
        pass
    ends = stage.happened("ends")
    assert sorted(ends[:2]) == ["assistant.1 ends", "assistant.2 ends"]
    assert ends[2] == "actions ends"
    assert stage.run.result() == 0


async def test_one_that_does_not_end_is_ended(tmp_path):
    async with Stage(tmp_path, assistant="stubborn") as stage:
        pid = stage.pids("assistant")[0]
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_second_ctrl_c_ends_at_once(tmp_path):
    async with Stage(tmp_path, stop_seconds=60.0, assistant="stubborn") as stage:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(0.3)
        assert not stage.run.done()
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.wait_for(stage.run, 20)


async def test_all_are_replaced_one_after_the_other(tmp_path):
    names = ["assistant.1", "assistant.2", "assistant.3"]
    async with Stage(tmp_path, **dict.fromkeys(names, "gentle")) as stage:
        before = len(stage.happened())
        os.kill(os.getpid(), signal.SIGUSR1)
        await stage.until(lambda: stage.happened().count("assistant.3 ready") == 2)
        assert stage.happened()[before:] == [
            f"{name} {what}" for name in names for what in ("ends", "starts", "ready")
        ]


async def test_whose_socket_stays_open_is_relieved_before_it_goes(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        sockets = {"actions": listening}
        async with Stage(tmp_path, sockets=sockets, actions="gentle", assistant="gentle") as stage:
            os.kill(os.getpid(), signal.SIGUSR1)
            await stage.until(lambda: stage.happened().count("assistant ready") == 2)
            assert stage.happened("actions")[-3:] == ["actions starts", "actions ready", "actions ends"]


async def test_a_successor_that_does_not_become_ready_ends_the_replacing(tmp_path, capsys):
    async with Stage(tmp_path, **{"assistant.1": "gentle", "assistant.2": "gentle"}) as stage:
        stage.behaviours["assistant.1"] = "broken"
        os.kill(os.getpid(), signal.SIGUSR1)
        await stage.until(lambda: stage.happened().count("assistant.1 starts") > 1)
        await asyncio.sleep(1)
        assert len(stage.pids("assistant.2")) == 1
    assert "the others stay as they are" in capsys.readouterr().out


async def test_a_line_without_end_stops_nobody(tmp_path):
    async with Stage(tmp_path, assistant="noisy") as stage:
        os.kill(stage.pids("assistant")[0], signal.SIGTERM)
        await stage.until(lambda: "assistant ends" in stage.happened())


async def test_every_line_of_the_log_names_its_process(tmp_path, capsys):
    async with Stage(tmp_path, actions="gentle", assistant="gentle") as stage:
        await asyncio.sleep(0.3)
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.endswith("| hello") for line in lines) == 2
    assert any("assistant" in line and "hello" in line for line in lines)
    assert stage.run.result() == 0
