from __future__ import annotations

import asyncio

import pytest

from clinic.channels import answering
from clinic.channels.answering import QUEUED, Answering
from clinic.conversation import inbox
from clinic.database import database


class Slow:
    """Answers when it is let, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.gate = asyncio.Event()

    async def handle(self, message) -> None:
        self.asked.append(message.message_id)
        await self.gate.wait()
        with database().begin() as connection:
            inbox.mark_answered(connection, message.sender_id, message.message_id)


@pytest.fixture
def slow(engine):
    return Slow()


def left(count: int) -> None:
    for number in range(count):
        inbox.take_in(database(), "widget:c", f"m{number}", f"c{number}", "hello")


async def test_no_more_is_taken_up_than_there_is_room_for(slow):
    left(QUEUED + 5)
    work = Answering("widget", slow.handle, lambda _conversation: None)
    await work._take_up(alone=True)
    await work._take_up(alone=True)
    assert len(work._under_way) == QUEUED
    slow.gate.set()
    await work.finish()
    await work._take_up(alone=True)
    await work.finish()
    assert len(set(slow.asked)) == QUEUED + 5


async def test_what_another_process_took_up_meanwhile_is_left_to_it(slow, monkeypatch):
    left(1)
    (mine,) = inbox.take_up(database(), "widget", alone=True)
    assert inbox.take_up(database(), "widget", alone=True)
    monkeypatch.setattr(inbox, "FRESH", -inbox.FRESH)
    work = Answering("widget", slow.handle, lambda _conversation: None)
    slow.gate.set()
    work.begin(mine)
    await work.finish()
    assert slow.asked == []


async def test_only_so_many_are_in_work_at_once(slow):
    left(QUEUED)
    work = Answering("widget", slow.handle, lambda _conversation: None)
    await work._take_up(alone=True)
    await asyncio.sleep(0.1)
    assert len(slow.asked) == answering.AT_ONCE
    slow.gate.set()
    await work.finish()
    assert len(slow.asked) == QUEUED
