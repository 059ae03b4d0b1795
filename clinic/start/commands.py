"""Each command of clinic.start: settings in, exit code out."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable

from clinic import secret
from clinic.console import links
from clinic.database import database, migrate
from clinic.settings import Environment, environment
from clinic.settings.environment import PROJECT
from clinic.start.checks import CannotStart, check
from clinic.start.processes import ACTION_SERVER, child_environment, ports, processes, procfile
from clinic.start.supervisor import Supervisor
from clinic.start.training import prepare_knowledge, train_if_changed

READY_SECONDS = 120
PID_FILE = "run.pid"
STOP_FACTOR = 4  # a process ends its own waits, one after the other, well within this


def train(settings: Environment) -> int:
    """Train when something changed."""
    prepare_knowledge()
    train_if_changed(child_environment(settings))
    return 0


def prepare(settings: Environment) -> int:
    """Do what must be done once before any process starts, on one machine of many."""
    check(settings, {}, [settings.data_folder, settings.models_folder])
    for name in secret.ALL:
        secret.secret(name)
    migrate()
    return train(settings)


def run(settings: Environment) -> int:
    """Start every process and keep it running; Ctrl-C ends them all."""
    check(settings, ports(settings, chatting=False), [settings.data_folder, settings.models_folder])
    prepare(settings)
    pid_file = settings.data_folder / PID_FILE
    pid_file.write_text(f"{os.getpid()}\n", encoding="ascii")
    with socket.create_server(("127.0.0.1", settings.actions_port), backlog=128) as actions:
        try:
            return asyncio.run(_supervise({ACTION_SERVER: actions}))
        finally:
            pid_file.unlink(missing_ok=True)


async def _supervise(sockets: dict[str, socket.socket]) -> int:
    limit = STOP_FACTOR * environment().stop_seconds
    return await Supervisor(lambda: processes(environment()), sockets, _announce, limit).run()


def restart(settings: Environment) -> int:
    """Train when something changed, then let the supervisor replace all processes."""
    pid_file = settings.data_folder / PID_FILE
    try:
        pid = int(pid_file.read_text(encoding="ascii"))
        os.kill(pid, 0)
    except (FileNotFoundError, ProcessLookupError, ValueError):
        raise CannotStart(f"nothing runs here ({pid_file}); start it with make run") from None
    train(settings)
    os.kill(pid, signal.SIGUSR1)
    print("The processes are being replaced one by one; their log says when it is done.")
    return 0


def process(settings: Environment, name: str = "") -> int:
    """Become one process of the Procfile, with the environment it needs."""
    if name not in procfile():
        raise CannotStart(f"the Procfile has no process {name!r}; it has: {', '.join(procfile())}")
    os.environ.update(child_environment(settings, os.environ.get("CLINIC_PROCESS", name)))
    command = [os.path.expandvars(part) for part in shlex.split(procfile()[name])]
    os.chdir(PROJECT)
    os.execv(command[0], command)  # noqa: S606 (the Procfile is ours)


def chat(settings: Environment) -> int:
    """Start the action server and Rasa's shell in this terminal."""
    check(settings, ports(settings, chatting=True), [settings.data_folder, settings.models_folder])
    prepare(settings)
    variables = child_environment(settings)
    for name in (signal.SIGTERM, signal.SIGHUP):  # a closed terminal ends the action server too
        signal.signal(name, lambda *_: sys.exit(0))
    command = [sys.executable, "-m", "clinic.serving.action_server"]
    nowhere = subprocess.DEVNULL
    actions = subprocess.Popen(command, cwd=PROJECT, env=variables, stdout=nowhere, stderr=nowhere)
    try:
        _wait_for(f"http://127.0.0.1:{settings.actions_port}/health")
        where = ["--interface", "127.0.0.1", "--port", str(settings.port), "--model", variables["MODEL"]]
        return subprocess.call([sys.executable, "-m", "rasa", "shell", *where], cwd=PROJECT, env=variables)
    finally:
        actions.terminate()
        actions.wait(10)


def _announce() -> None:
    settings = environment()
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104
    address = f"http://{host}:{settings.port}/"
    lines = [f"The assistant is ready:  {address}", f"The staff's console:     {settings.console_url}/"]
    if link := links.for_the_owner(database()):
        lines += ["Create the first staff account, within 24 hours:", f"  {link}"]
    print("\n" + "".join(f"  {line}\n" for line in [*lines, "Ctrl-C stops it."]), flush=True)


def _wait_for(url: str) -> bool:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 (a fixed address of this machine)
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False


ALL: list[Callable[..., int]] = [run, chat, train, prepare, process, restart]
