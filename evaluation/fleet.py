"""The real processes, for measurements: an action server and one or more assistants on one database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from clinic.settings.environment import PROJECT
from evaluation.assistants import LOOPBACK, free_port
from tests.assistant import trust_models

READY_SECONDS = 600  # on a busy machine
STOP_SECONDS = 20
CLINIC = PROJECT / "tests" / "clinic.yml"


@dataclass
class Fleet:
    """Processes that share a database; ``assistants`` are by port.

    Attributes:
        folder: For data and logs.
        database_url: What the assistants and the action server use.
        actions_port: Where the action server listens.
        reach_actions: The port that assistants are told: a proxy's, or the action server's own.
        more: Further environment variables.

    """

    folder: Path
    database_url: str
    actions_port: int = field(default_factory=free_port)
    reach_actions: int | None = None
    more: Mapping[str, str] = field(default_factory=dict)
    actions: subprocess.Popen[bytes] | None = None
    assistants: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    def migrate(self) -> None:
        """Bring the database up to date, as `make run` does before it starts anything."""
        command = [sys.executable, "-c", "from clinic.database import migrate; migrate()"]
        subprocess.run(command, check=True, cwd=PROJECT, env=os.environ | self._variables())

    def start_actions(self) -> None:
        """Start the action server and wait until it answers."""
        self.actions = self._start("actions", {"ACTIONS_PORT": str(self.actions_port)})
        wait_for(self.actions, f"http://{LOOPBACK}:{self.actions_port}/health", self.folder / "actions.log")

    def start_assistants(self, count: int) -> list[int]:
        """Start so many assistants at once, wait until they answer, and return their ports."""
        # Ports as far apart as those of neighbours, so that each has a core of its own (clinic/cores.py).
        free = (next(port for port in iter(free_port, 0) if port % count == n) for n in range(count))
        ports = [self.start_assistant(port) for port in free]
        for port in ports:
            self.wait_for(port)
        return ports

    def start_assistant(self, port: int | None = None) -> int:
        """Start one assistant, on a port of its own unless one is given."""
        port = port or free_port()
        actions = str(self.reach_actions or self.actions_port)
        variables = {"PORT": str(port), "HOST": LOOPBACK, "ACTIONS_PORT": actions}
        self.assistants[port] = self._start("assistant", variables, f"assistant-{port}.log")
        return port

    def wait_for(self, port: int) -> None:
        """Wait until the assistant on a port answers."""
        log = self.folder / f"assistant-{port}.log"
        wait_for(self.assistants[port], f"http://{LOOPBACK}:{port}/health/ready", log)

    def stop(self, *, signal_number: int = signal.SIGTERM) -> None:
        """End every process."""
        every = [*self.assistants.values(), *([self.actions] if self.actions else [])]
        for process in every:
            process.send_signal(signal_number)
        for process in every:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(STOP_SECONDS)
        self.assistants.clear()

    def _variables(self) -> dict[str, str]:
        return {
            "CLINIC_DATA": str(self.folder),
            "CLINIC_FILE": str(CLINIC),
            "DATABASE_URL": self.database_url,
            "PATH": f"{PROJECT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}",
        }

    def _start(
        self, name: str, variables: Mapping[str, str], log: str | None = None
    ) -> subprocess.Popen[bytes]:
        trust_models(self.folder)
        with (self.folder / (log or f"{name}.log")).open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "clinic.start", "process", name],
                cwd=PROJECT,
                env=os.environ | self._variables() | dict(variables) | dict(self.more),
                stdout=output,
                stderr=subprocess.STDOUT,
            )


@contextmanager
def scratch() -> Iterator[tuple[Path, str]]:
    """Yield an empty folder and the URL of an empty PostgreSQL database; both go with the block."""
    from tests.conftest import new_database  # noqa: PLC0415 (Rasa's imports take seconds)
    from tests.postgres import running_postgres  # noqa: PLC0415

    with running_postgres() as server, tempfile.TemporaryDirectory() as folder:
        yield Path(folder), new_database(server)


@contextmanager
def fleet(folder: Path, database_url: str, count: int = 1, **how: object) -> Iterator[Fleet]:
    """Migrate, start an action server and so many assistants, and end them whatever happens."""
    started = Fleet(folder, database_url, **how)  # type: ignore[arg-type]
    try:
        started.migrate()
        started.start_actions()
        started.start_assistants(count)
        yield started
    finally:
        started.stop()


def wait_for(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Wait until a process answers. Raises RuntimeError, with its log's end, when it does not."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"{url} does not answer:\n{log.read_text(errors='replace')[-3000:]}")
