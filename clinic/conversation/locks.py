"""One message at a time in each conversation: in this process, and between processes on PostgreSQL.

A lock has no lease: it ends with its turn, or with the process that held it. Who waits is woken, in
the order of coming, and asks nobody meanwhile.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from rasa.core.lock import TicketLock
from rasa.core.lock_store import LockStore
from sqlalchemy.engine import make_url

from clinic.conversation.advisory import AdvisoryLocks
from clinic.conversation.trouble import Unavailable
from clinic.settings import environment

PATIENCE = 30.0  # seconds for the messages before this one


class ClinicLockStore(LockStore):
    """``lock_store: type: clinic.conversation.locks.ClinicLockStore`` in endpoints.yml.

    Stock Rasa's InMemoryLockStore asks once a second whether it is its turn, and its locks end after a
    minute whether the work is done or not; its RedisLockStore lets two messages in at once.
    """

    def __init__(self, **_settings: Any) -> None:
        super().__init__()
        self._here: dict[int, asyncio.Lock] = {}
        self._waiting: dict[int, int] = {}
        url = make_url(environment().database_url)
        self._between = AdvisoryLocks(url) if url.get_backend_name() == "postgresql" else None

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = 0, wait_time_in_seconds: float = 0
    ) -> AsyncIterator[TicketLock]:
        """Let the block run while no other message of this conversation is processed anywhere.

        Args:
            conversation_id: The conversation.
            lock_lifetime: Not needed: a lock ends with its block or its process.
            wait_time_in_seconds: Not needed: who waits is woken.

        Raises:
            Unavailable: the messages before this one took too long, or the database cannot be used.

        """
        key = _key(conversation_id)
        async with self._turn_here(key), self._turn_between(key):
            yield TicketLock(conversation_id)

    @asynccontextmanager
    async def _turn_here(self, key: int) -> AsyncIterator[None]:
        """Wait for this process's other messages of the conversation."""
        lock = self._here.setdefault(key, asyncio.Lock())
        self._waiting[key] = self._waiting.get(key, 0) + 1
        try:
            await _patiently(lock.acquire())
            try:
                yield
            finally:
                lock.release()
        finally:
            self._waiting[key] -= 1
            if not self._waiting[key]:
                del self._here[key], self._waiting[key]

    @asynccontextmanager
    async def _turn_between(self, key: int) -> AsyncIterator[None]:
        """Wait for other processes' messages of the conversation."""
        if self._between is None:
            yield
            return
        held = await _patiently(self._between.acquire(key))
        try:
            yield
        finally:
            await self._between.release(held, key)

    async def close(self) -> None:
        """Close the connections that locks are held on."""
        if self._between:
            await self._between.close()


async def _patiently(work: Any) -> Any:
    try:
        async with asyncio.timeout(PATIENCE):
            return await work
    except TimeoutError as error:
        raise Unavailable from error


def _key(conversation: str) -> int:
    """Return the conversation's number among advisory locks: 64 bits, signed."""
    digest = hashlib.blake2b(conversation.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)
