"""Keeps processes running: replaces those that die, stops all gracefully, replaces all one by one.

honcho prints the log. Its own manager ends everything when one process dies, and stops all at once, so
that an answer under way would find the action server gone.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import time
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from honcho.colour import get_colours
from honcho.printer import Message, Printer

from clinic.settings import environment
from clinic.start.processes import FRONT, Process
from clinic.start.running import Running

READY_SECONDS = 120.0
SILENT_SECONDS = 60.0  # twelve missed signs of life: its event loop hangs
AGAIN_SECONDS = (0.2, 1.0, 2.0, 5.0)  # before the first, second … start after a death
STEADY_SECONDS = 60.0  # a process that lived this long starts counting anew


class Supervisor:
    """Runs processes until it is told to stop.

    Args:
        plans: What runs, in the order of starting; called again for each start, as the model may be new.
        sockets: Listening sockets that stay open while the process of that name is replaced.
        announce: Called once, when all that serve visitors are ready.
        stop_seconds: Time to end for a process that was asked to, before it is ended.

    """

    def __init__(
        self,
        plans: Callable[[], list[Process]],
        sockets: dict[str, socket.socket],
        announce: Callable[[], None],
        stop_seconds: float,
    ) -> None:
        self._plans, self._sockets, self._announce = plans, sockets, announce
        self._stop_seconds = stop_seconds
        self._log = Lines([plan.name for plan in plans()])
        self._running: dict[str, Running] = {}
        self._over: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._deaths: dict[str, int] = {}  # in quick succession
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_up = self._is_replacing = False

    async def run(self) -> int:
        """Start everything, and return the exit code when all has ended.

        SIGINT, SIGTERM and SIGHUP stop all, a second one at once; SIGUSR1 replaces all, one by one.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop_soon, 0)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup goes on without its terminal
            loop.add_signal_handler(signal.SIGHUP, self._stop_soon, 0)
        loop.add_signal_handler(signal.SIGUSR1, self._replace_soon)
        for plan in self._plans():
            self._start(plan.name)
        self._spawn(self._say_when_up())
        self._spawn(self._end_those_who_hang())
        code = await self._over
        for task in self._tasks:
            task.cancel()
        await self._stop_all()
        return code

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _stop_soon(self, code: int) -> None:
        if not self._over.done():
            self._over.set_result(code)
        else:
            for running in self._running.values():
                running.kill()

    def _launch(self, name: str) -> Running:
        plan = next(plan for plan in self._plans() if plan.name == name)
        passed = self._sockets.get(name)
        running = Running(plan, self._log, passed.fileno() if passed else None)
        running.ended.add_done_callback(lambda _: self._has_ended(running))
        return running

    def _start(self, name: str) -> Running:
        self._running[name] = self._launch(name)
        return self._running[name]

    def _has_ended(self, running: Running) -> None:
        """Start a process again that died; before all is up a death ends everything."""
        name = running.plan.name
        if running.is_leaving or self._over.done() or self._running.get(name) is not running:
            return
        if self._is_up:
            self._spawn(self._start_again(running))
        else:
            self._log("system", f"{name} could not be started; its lines above say why")
            self._stop_soon(1)

    async def _start_again(self, dead: Running) -> None:
        name, lived = dead.plan.name, time.monotonic() - dead.since
        deaths = self._deaths[name] = 0 if lived > STEADY_SECONDS else self._deaths.get(name, -1) + 1
        pause = AGAIN_SECONDS[min(deaths, len(AGAIN_SECONDS) - 1)]
        self._log("system", f"{name} died; it is started again in {pause:g} s")
        await asyncio.sleep(pause)
        if self._running[name] is dead:
            self._start(name)

    async def _end_those_who_hang(self) -> None:
        """Kill a process that lives and does nothing; it is then replaced like a dead one."""
        while True:
            await asyncio.sleep(SILENT_SECONDS / 10)
            for running in self._running.values():
                if running.is_silent(SILENT_SECONDS) and not running.is_leaving:
                    self._log("system", f"{running.plan.name} hangs; it is ended")
                    running.kill()

    async def _say_when_up(self) -> None:
        await asyncio.gather(*(r.ready.wait() for r in self._running.values() if r.plan.tells))
        self._is_up = True
        self._announce()

    def _replace_soon(self) -> None:
        if self._is_up and not self._is_replacing:
            self._spawn(self._replace_all())

    async def _replace_all(self) -> None:
        """Replace one process after the other; each successor is ready before the next one goes."""
        self._is_replacing = True
        for name in [name for name in self._running if name != FRONT]:
            replaced = await (self._relieve(name) if name in self._sockets else self._restart(name))
            if not replaced:
                self._log("system", f"the new {name} did not become ready; the others stay as they are")
                break
            self._log("system", f"{name} has been replaced")
        else:
            self._log("system", "all processes have been replaced")
        self._is_replacing = False

    async def _relieve(self, name: str) -> bool:
        """Start the successor on the same socket before the predecessor goes."""
        before, after = self._running[name], self._launch(name)
        if not await after.becomes_ready(READY_SECONDS):
            await after.stop(self._stop_seconds)
            return False
        self._running[name] = after
        await before.stop(self._stop_seconds)
        return True

    async def _restart(self, name: str) -> bool:
        await self._running[name].stop(self._stop_seconds)
        return await self._start(name).becomes_ready(READY_SECONDS)

    async def _stop_all(self) -> None:
        """Stop those who serve visitors, then who works for them, then who stands in front."""
        running = list(self._running.values())
        first = [r for r in running if r.plan.serves]
        last = [r for r in running if r.plan.name == FRONT]
        for group in (first, [r for r in running if r not in (*first, *last)], last):
            await asyncio.gather(*(r.stop(self._stop_seconds) for r in group))
        self._log("system", "all stopped")


class Lines:
    """The one log: every line with its process, or as it is when each is a JSON object."""

    def __init__(self, names: list[str]) -> None:
        self._colours = dict(zip(names, get_colours(), strict=False))
        prefix = environment().log_format != "json"
        self._printer = Printer(sys.stdout, width=max(map(len, [*names, "system"])), prefix=prefix)

    def __call__(self, name: str, line: str) -> None:
        """Print a line of a process."""
        colour = self._colours.get(name)
        self._printer.write(Message("line", line, datetime.now().astimezone(), name, colour))
