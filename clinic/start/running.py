"""One process that runs: its lines go to the log, it says when it is ready, it is stopped or killed."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from clinic.serving.notify import READY
from clinic.settings.environment import PROJECT
from clinic.start.processes import Process

LONGEST_LINE = 1024 * 1024
LAST_LINES_SECONDS = 1.0
Log = Callable[[str, str], None]


class Running:
    """A started process. ``socket_number`` is a listening socket that it takes over, or None."""

    def __init__(self, plan: Process, log: Log, socket_number: int | None = None) -> None:
        self.plan = plan
        self.since = self.heard = time.monotonic()
        self.ready = asyncio.Event()
        self.is_leaving = False
        self._log, self._socket_number = log, socket_number
        self._process: asyncio.subprocess.Process | None = None
        self.ended: asyncio.Task[int] = asyncio.create_task(self._live())

    async def _live(self) -> int:
        """Run the process and return its exit code."""
        with _listening(self._hear) as address:
            process = self._process = await self._start(address)
            self._log(self.plan.name, f"started (pid {process.pid})")
            lines = asyncio.create_task(self._pass_lines_on(process))
            code = await process.wait()
            with suppress(ProcessLookupError):  # what it has left behind, such as nginx's workers
                os.killpg(process.pid, signal.SIGKILL)
            await asyncio.wait({lines}, timeout=LAST_LINES_SECONDS)
            self._log(self.plan.name, f"ended ({code})")
            return code

    async def _start(self, address: str) -> asyncio.subprocess.Process:
        variables = self.plan.variables | {"NOTIFY_SOCKET": address}
        passed = [self._socket_number] if self._socket_number is not None else []
        if passed:
            variables["LISTEN_FD"] = str(passed[0])
        return await asyncio.create_subprocess_shell(
            f"exec {self.plan.command}",  # a signal reaches the process, not a shell in front of it
            cwd=PROJECT,
            env=variables,
            pass_fds=passed,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for the supervisor
            limit=LONGEST_LINE,
        )

    async def _pass_lines_on(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout
        while True:
            with suppress(ValueError):  # a line without end is cut, and no reason to stop reading
                line = await process.stdout.readline()
                if not line:
                    return
                self._log(self.plan.name, line.decode("utf-8", "replace").rstrip("\n"))

    def _hear(self, state: bytes) -> None:
        self.heard = time.monotonic()
        if READY.encode() in state:
            self.ready.set()

    def is_silent(self, seconds: float) -> bool:
        """Say whether a process that was ready has not been heard of for so long."""
        return self.ready.is_set() and time.monotonic() - self.heard > seconds

    async def becomes_ready(self, seconds: float) -> bool:
        """Wait until the process says so, and return whether it did; some never say, and count at once."""
        if not self.plan.tells:
            return True
        ready = asyncio.create_task(self.ready.wait())
        await asyncio.wait({ready, self.ended}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        return self.ready.is_set()

    async def stop(self, seconds: float) -> None:
        """Ask the process to end, and end it when it has not in time."""
        self.is_leaving = True
        self._signal(signal.SIGTERM)
        await asyncio.wait({self.ended}, timeout=seconds)
        self.kill()
        await self.ended

    def kill(self) -> None:
        """End the process at once."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self._process and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)


@contextmanager
def _listening(hear: Callable[[bytes], None]) -> Iterator[str]:
    """Open a socket for a process's state (systemd's protocol) and yield its address."""
    loop = asyncio.get_running_loop()
    with (
        tempfile.TemporaryDirectory(prefix="clinic-") as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as news,
    ):
        address = Path(folder) / "state"
        news.bind(str(address))
        news.setblocking(False)
        loop.add_reader(news, lambda: hear(news.recv(4096)))
        try:
            yield str(address)
        finally:
            loop.remove_reader(news)
