"""One message at a time in each conversation, with two lock stores as two processes have them."""

from __future__ import annotations

import asyncio
import sys
import time

import pytest
from sqlalchemy.engine import make_url

from clinic.conversation import locks
from clinic.conversation.advisory import AdvisoryLocks
from clinic.conversation.locks import ClinicLockStore
from clinic.conversation.trouble import Unavailable
from tests.conftest import new_database


@pytest.fixture
def postgres_url(postgres, monkeypatch):
    url = new_database(postgres)
    monkeypatch.setenv("DATABASE_URL", url)
    return url


@pytest.fixture
async def two(postgres_url):
    stores = ClinicLockStore(), ClinicLockStore()
    yield stores
    for store in stores:
        await store.close()


class Room:
    """Where only one may be at a time."""

    def __init__(self):
        self.inside, self.most, self.order = 0, 0, []

    async def visit(self, store, who, conversation="c", seconds=0.002):
        async with store.lock(conversation):
            self.inside += 1
            self.most = max(self.most, self.inside)
            self.order.append(who)
            await asyncio.sleep(seconds)
            self.inside -= 1


async def test_messages_of_one_process_come_one_after_the_other_in_order():
    store, room = ClinicLockStore(), Room()
    await asyncio.gather(*(room.visit(store, number) for number in range(50)))
    assert room.most == 1
    assert room.order == list(range(50))
    assert store._here == {}


async def test_messages_of_two_processes_never_overlap(two):
    room = Room()
    await asyncio.gather(*(room.visit(two[number % 2], number) for number in range(100)))
    assert room.most == 1
    assert sorted(room.order) == list(range(100))


async def test_other_conversations_do_not_wait(two):
    room = Room()
    await asyncio.gather(*(room.visit(two[number % 2], number, f"c{number}", 0.2) for number in range(8)))
    assert room.most > 1


async def test_who_waits_is_woken_at_once(two):
    released = asyncio.Event()

    async def hold():
        async with two[0].lock("c"):
            await released.wait()

    holder = asyncio.create_task(hold())
    await asyncio.sleep(0.1)
    waiter = asyncio.create_task(Room().visit(two[1], 1, seconds=0))
    await asyncio.sleep(0.2)
    assert not waiter.done()
    start = time.monotonic()
    released.set()
    await asyncio.gather(holder, waiter)
    assert time.monotonic() - start < 0.9  # stock Rasa asks again after a second


async def test_a_slow_action_does_not_outlive_its_lock(two):
    """There is no lease: as long as one is inside, nobody else comes in."""
    room = Room()
    await asyncio.gather(room.visit(two[0], "slow", seconds=1.5), room.visit(two[1], "next"))
    assert room.most == 1


async def test_an_exception_gives_the_lock_back(two):
    with pytest.raises(ZeroDivisionError):
        async with two[0].lock("c"):
            1 / 0  # noqa: B018
    await Room().visit(two[1], 1)


async def test_a_cancelled_wait_leaves_no_lock_behind(two):
    async with two[0].lock("c"):
        waiter = asyncio.create_task(Room().visit(two[1], 1))
        await asyncio.sleep(0.1)
        waiter.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiter
    await asyncio.wait_for(Room().visit(two[1], 2), 5)


async def test_a_lost_connection_gives_the_locks_back(postgres_url):
    lost, other = AdvisoryLocks(make_url(postgres_url)), AdvisoryLocks(make_url(postgres_url))
    await lost.acquire(7)
    waiter = asyncio.create_task(other.acquire(7))
    await asyncio.sleep(0.1)
    assert not waiter.done()
    await lost.close()
    await asyncio.wait_for(waiter, 5)
    await other.close()


HOLD = """
import asyncio, sys
from sqlalchemy.engine import make_url
from clinic.conversation.advisory import AdvisoryLocks
async def hold():
    locks = AdvisoryLocks(make_url(sys.argv[1]))
    await locks.acquire(7)
    print("held", flush=True)
    await asyncio.sleep(60)
asyncio.run(hold())
"""


async def test_a_killed_process_gives_its_locks_back(postgres_url):
    command = [sys.executable, "-c", HOLD, postgres_url]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert await process.stdout.readline() == b"held\n"
    other = AdvisoryLocks(make_url(postgres_url))
    waiter = asyncio.create_task(other.acquire(7))
    await asyncio.sleep(0.1)
    assert not waiter.done()
    process.kill()
    await asyncio.wait_for(waiter, 10)
    await other.close()
    await process.wait()


async def test_a_wait_without_end_is_given_up(monkeypatch):
    monkeypatch.setattr(locks, "PATIENCE", 0.05)
    store = ClinicLockStore()
    async with store.lock("c"):
        with pytest.raises(Unavailable):
            await Room().visit(store, 1)
    await Room().visit(store, 2)


async def test_a_database_that_is_away_is_said_and_found_again(two, postgres_url, monkeypatch):
    two[0]._between._url = make_url("postgresql://postgres@127.0.0.1:9/none")
    with pytest.raises(Unavailable):
        await Room().visit(two[0], 1)
    two[0]._between._url = make_url(postgres_url)
    await Room().visit(two[0], 2)
