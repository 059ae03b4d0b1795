"""A TCP proxy that can be told to misbehave: what a network and a busy server do to a connection."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from typing import Any

MODES = ("pass", "refuse", "stall", "slow", "reset")
SLOW_SECONDS = 0.3  # before each piece
PIECE = 65536  # bytes


class Proxy:
    """Passes connections on to a port of this machine, in a thread and an event loop of its own.

    Attributes:
        port: Where to connect instead.
        mode: ``pass``; ``refuse`` (closed at once); ``stall`` (accepted, read, and nothing passed on);
            ``slow`` (each piece waits); ``reset`` (every connection, old and new, is cut).

    """

    def __init__(self, target: int, host: str = "127.0.0.1") -> None:
        self._host, self._target = host, target
        self._mode, self._passing = "pass", asyncio.Event()
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self.port: int = self._do(self._start())

    @property
    def mode(self) -> str:
        return self._mode

    @mode.setter
    def mode(self, mode: str) -> None:
        if mode not in MODES:
            raise ValueError(f"{mode!r} is none of {', '.join(MODES)}")
        self._do(self._change(mode))

    def close(self) -> None:
        """Cut every connection and stop listening."""
        self._do(self._change("reset"))
        self._do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _start(self) -> int:
        self._server = await asyncio.start_server(self._pass_on, self._host, 0)
        self._passing.set()
        return int(self._server.sockets[0].getsockname()[1])

    async def _stop(self) -> None:
        self._server.close()

    async def _change(self, mode: str) -> None:
        self._mode = mode
        if mode == "stall":
            self._passing.clear()
        else:
            self._passing.set()
        if mode in {"reset", "refuse"}:
            for writer in list(self._open):
                writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._mode in {"refuse", "reset"}:
            writer.transport.abort()
            return
        try:
            to_reader, to_writer = await asyncio.open_connection(self._host, self._target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, to_writer}
        ways = [self._copy(reader, to_writer), self._copy(to_reader, writer)]
        await asyncio.wait(map(asyncio.ensure_future, ways), return_when=asyncio.FIRST_COMPLETED)
        for end in (writer, to_writer):
            self._open.discard(end)
            end.close()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while piece := await reader.read(PIECE):
                await self._passing.wait()
                if self._mode == "slow":
                    await asyncio.sleep(SLOW_SECONDS)
                writer.write(piece)
                await writer.drain()
