"""PostgreSQL's advisory locks, on connections that the event loop reads itself.

Nearly always nobody else wants the lock, and one connection holds all that this process has. Who
has to wait does so on a connection of its own, and is woken by PostgreSQL. A process that dies loses
its connections, and with them its locks.
"""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg2
from psycopg2.extensions import POLL_OK, POLL_READ
from sqlalchemy.engine import URL

from clinic.conversation.trouble import Unavailable
from clinic.settings import environment

SPARE = 4  # connections kept for those who wait


class Connection:
    """An asynchronous psycopg2 connection that runs one statement after the other."""

    def __init__(self, url: URL) -> None:
        """Begin to connect; the first statement waits until it is done. Raises psycopg2.Error."""
        address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection = psycopg2.connect(address, async_=1)
        self._one_at_a_time = asyncio.Lock()

    @property
    def closed(self) -> bool:
        return bool(self._connection.closed)

    def close(self) -> None:
        """Close at once, and give up every lock."""
        self._connection.close()

    async def value(self, statement: str, key: int) -> Any:
        """Run a statement and return its one value.

        Raises:
            Unavailable: the connection is lost. It is closed then, as it is when the wait is cancelled.

        """
        async with self._one_at_a_time:
            try:
                await self._ready()
                cursor = self._connection.cursor()
                cursor.execute(statement, (key,))
                await self._ready()
                return cursor.fetchone()[0]
            except psycopg2.Error as error:
                self.close()
                raise Unavailable from error
            except BaseException:
                self.close()
                raise

    async def _ready(self) -> None:
        """Wait, without asking again and again, until the connection has done what it was told."""
        while (state := self._connection.poll()) != POLL_OK:
            await _woken(self._connection.fileno(), reading=state == POLL_READ)


async def _woken(descriptor: int, *, reading: bool) -> None:
    loop = asyncio.get_running_loop()
    woken = loop.create_future()
    add, remove = loop.add_writer, loop.remove_writer
    if reading:
        add, remove = loop.add_reader, loop.remove_reader
    add(descriptor, lambda: None if woken.done() else woken.set_result(None))
    try:
        await woken
    finally:
        remove(descriptor)


class AdvisoryLocks:
    """The locks of this process on one PostgreSQL database."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._main: Connection | None = None
        self._spare: list[Connection] = []

    async def acquire(self, key: int) -> Connection:
        """Wait for a lock and return the connection that holds it. Raises Unavailable."""
        if self._main is None or self._main.closed:
            self._main = self._connect()
        main = self._main
        if await _soon(main.value("SELECT pg_try_advisory_lock(%s)", key)):
            return main
        waiting = self._spare.pop() if self._spare else self._connect()
        await waiting.value("SELECT pg_advisory_lock(%s)::text", key)
        return waiting

    async def release(self, held: Connection, key: int) -> None:
        """Give a lock back; with a lost connection it is given back already."""
        if held.closed:
            return
        try:
            await _soon(held.value("SELECT pg_advisory_unlock(%s)", key))
        except Unavailable:
            return
        if held is not self._main:
            if len(self._spare) < SPARE:
                self._spare.append(held)
            else:
                held.close()

    async def close(self) -> None:
        """Close all connections."""
        for connection in [self._main, *self._spare]:
            if connection:
                connection.close()

    def _connect(self) -> Connection:
        try:
            return Connection(self._url)
        except psycopg2.Error as error:
            raise Unavailable from error


async def _soon(work: Any) -> Any:
    """Give up what PostgreSQL does not answer in time. Raises Unavailable."""
    try:
        async with asyncio.timeout(environment().database_seconds):
            return await work
    except TimeoutError as error:
        raise Unavailable from error
