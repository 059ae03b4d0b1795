"""The two assistants that evaluation.compare measures: how each is trained, started and asked."""

from __future__ import annotations

import http.client
import json
import os
import re
import secrets
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from clinic.settings import environment
from clinic.settings.environment import PROJECT
from clinic.start.processes import child_environment, procfile

STOCK = PROJECT / "evaluation" / "stock"
LOOPBACK = "127.0.0.1"
PORTS = range(10_000, 32_000)  # Linux gives those from 32,768 on to connections
READY_SECONDS = 300
ANSWER_SECONDS = 30
STOP_SECONDS = 20
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "RASA_MAX_CACHE_SIZE": "0",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "TQDM_DISABLE": "1",
}
LEFT_OUT = ("MODEL", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "DATABASE_URL", "CLINIC_FILE", "CLINIC_NOW")


class CannotCompare(Exception):
    """Why there are no figures, for the person at the terminal."""


@dataclass(frozen=True)
class Assistant:
    """One of the two, seen from outside.

    Attributes:
        name: Its column's title.
        python: The interpreter of its environment.
        folder: The folder its commands run in.
        training: Arguments of `rasa train` that say what is learnt.
        models: Folder that it is trained into.
        scratch: Folder for its data, cache and logs; emptied by the caller.

    """

    name: str
    python: Path
    folder: Path
    training: tuple[str, ...]
    models: Path
    scratch: Path

    @property
    def log(self) -> Path:
        return self.scratch / "log"

    @property
    def training_note(self) -> Path:
        return self.models / "training.json"

    def variables(self, port: int) -> dict[str, str]:
        """Return its processes' environment: ours as clinic.start makes it, stock Rasa's as it is."""
        known: Mapping[str, str] = os.environ
        if self.folder == PROJECT:
            settings = replace(environment(), host=LOOPBACK, port=port, actions_port=free_port())
            known = child_environment(settings)
        own = {
            "CLINIC_DATA": str(self.scratch),
            "RASA_CACHE_DIRECTORY": str(self.scratch / "cache"),
            "STOCK_DATABASE": str(self.scratch / "stock.db"),  # see stock/endpoints.yml
        }
        return {k: v for k, v in known.items() if k not in LEFT_OUT} | QUIET | own

    def server(self, port: int, model: Path) -> list[str]:
        """Return the command that serves a model on the loopback address."""
        if self.folder == PROJECT:
            command = procfile()["assistant"].replace("$MODEL", shlex.quote(str(model)))
            # exec: the process measured and stopped is the assistant, not a shell in front of it
            return ["sh", "-c", f"exec {command}"]
        where = ["--interface", LOOPBACK, "--port", str(port), "--credentials", "credentials.yml"]
        return [str(self.python), "-m", "rasa", "run", *where, "--model", str(model)]


def assistants(scratch: Path, epochs: int | None = None) -> tuple[Assistant, Assistant]:
    """Return ours and stock Rasa, each with a folder of its own in ``scratch``.

    Args:
        scratch: An empty folder.
        epochs: How long stock Rasa's parts learn; None is what `rasa init` says, 100.

    """
    learnt = ("../../data/nlu", "../../data/responses", "rules.yml", "stories.yml")
    own = scratch / "ours"  # nothing is left in the project's models folder
    ours = Assistant("this assistant", Path(sys.executable), PROJECT, (), own / "models", own)
    (scratch / "stock").mkdir()
    config = _with_epochs(STOCK / "config.yml", epochs, scratch / "stock")
    stock = Assistant(
        f"stock Rasa, {epochs} epochs" if epochs else "stock Rasa",
        STOCK / ".venv" / "bin" / "python",
        STOCK,
        ("--config", str(config), "--domain", "domain.yml", "--data", *learnt),
        STOCK / "models" / f"{epochs}-epochs" if epochs else STOCK / "models",
        scratch / "stock",
    )
    own.mkdir()
    return ours, stock


def _with_epochs(config: Path, epochs: int | None, folder: Path) -> Path:
    """Return a configuration whose parts learn for so many epochs."""
    if not epochs:
        return config
    changed = folder / config.name
    text = config.read_text(encoding="utf-8")
    changed.write_text(re.sub(r"epochs: \d+", f"epochs: {epochs}", text), encoding="utf-8")
    return changed


def run(assistant: Assistant, command: list[str], folder: Path, seconds: float) -> str:
    """Run a command in an assistant's environment and return what it printed.

    Raises:
        CannotCompare: it failed or took too long.

    """
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=assistant.variables(free_port()),
            timeout=seconds,
            check=True,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except subprocess.TimeoutExpired:
        raise CannotCompare(f"{assistant.name}: {command[2]} took over {seconds:.0f} s") from None
    except subprocess.CalledProcessError as error:
        raise CannotCompare(f"{assistant.name}: {command[2]} failed:\n{error.stdout[-2000:]}") from None
    return done.stdout


@contextmanager
def serving(assistant: Assistant, model: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Start an assistant's server; yield its process and port; end this process whatever happens."""
    port = free_port()
    with assistant.log.open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            assistant.server(port, model),
            cwd=assistant.folder,
            env=assistant.variables(port),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process, port
    finally:
        end(process)


def connect(assistant: Assistant, process: subprocess.Popen[bytes], port: int) -> http.client.HTTPConnection:
    """Wait until a server accepts a connection and return it.

    Raises:
        CannotCompare: the server ended or does not listen in time.

    """
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=ANSWER_SECONDS)
        with suppress(ConnectionError):
            connection.connect()
            return connection
        time.sleep(0.05)
    tail = assistant.log.read_text(encoding="utf-8")[-2000:]
    raise CannotCompare(f"{assistant.name} does not listen:\n{tail}")


def ask(connection: http.client.HTTPConnection, sender: str, text: str) -> None:
    """Send a message through the rest channel. Raises CannotCompare when it is not answered."""
    body = json.dumps({"sender": sender, "message": text}).encode()
    connection.request("POST", "/webhooks/rest/webhook", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    content = response.read()
    if response.status != http.HTTPStatus.OK or not json.loads(content):
        raise CannotCompare(f"a message was answered with {response.status} {content[:200]!r}")


def free_port() -> int:
    """Return a port of the loopback address that nobody uses, and that no outgoing connection is given."""
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind((LOOPBACK, port))
            return port


def end(process: subprocess.Popen[bytes], seconds: float = STOP_SECONDS) -> None:
    """End a server, by force where it does not end by itself."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(seconds)
