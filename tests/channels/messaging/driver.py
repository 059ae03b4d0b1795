"""How a platform's requests are made in the tests, and what people are waited for to be shown."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from clinic.channels.simulator.base import Shown, Simulator

SECONDS = 20
LEFT = sa.text(
    "SELECT (SELECT count(*) FROM received_messages WHERE conversation = :conversation"
    " AND answered_at IS NULL)"
    " + (SELECT count(*) FROM deliveries WHERE conversation = :conversation AND state = 'queued')"
    " + (SELECT count(*) FROM events, messaged WHERE sender_id = :conversation AND id > last_event"
    " AND conversation = :conversation AND type_name IN ('bot', 'agent'))"
)
people = itertools.count(447700900100)


class Driver:
    """Sends one platform's requests to the assistant and waits for what people are shown."""

    simulator: type[Simulator]
    engine: Engine  # the assistant's database

    def __init__(self, sim: Simulator) -> None:
        self.sim = sim
        self.name = sim.name
        self.path = f"/webhooks/{sim.name}/webhook"

    def chat(self) -> str:
        """Return somebody who has not written before."""
        return str(next(people))

    def conversation(self, chat: str) -> str:
        return f"{self.name}:{chat}"

    def text(self, chat: str, words: str):
        """Return the content of a request with a text message."""
        raise NotImplementedError

    def batch(self, *contents):
        """Return one request's content with several messages, or the contents one by one."""
        raise NotImplementedError

    def body(self, content) -> bytes:
        return json.dumps(content).encode()

    def headers(self, body: bytes) -> dict[str, str]:
        raise NotImplementedError

    def forgeries(self, body: bytes) -> dict[str, tuple[bytes, dict[str, str]]]:
        """Return bodies and headers that must be refused: missing, wrong, stale, tampered."""
        raise NotImplementedError

    def post(self, content) -> int:
        body = self.body(content)
        return self.raw(body, self.headers(body))

    def raw(self, body: bytes, headers: dict[str, str]) -> int:
        """Send a request once and return its status."""
        return self.sim.do(self.sim.once(self.path, body, headers))

    def until(self, chat: str, found: Callable[[list[Shown]], bool]) -> list[Shown]:
        """Wait until what a person was shown meets a condition, and return it."""
        deadline = time.monotonic() + SECONDS
        while not found(self.sim.read(chat)):
            assert time.monotonic() < deadline, [shown.text for shown in self.sim.read(chat)]
            time.sleep(0.02)
        return self.sim.read(chat)

    def shown(self, chat: str, least: int) -> list[Shown]:
        """Wait until a person was shown so many messages, and return them."""
        return self.until(chat, lambda shown: len(shown) >= least)

    def says(self, chat: str, text: str) -> list[Shown]:
        """Let a person write; return what they were shown in answer to it."""
        before = len(self.sim.read(chat))
        self.sim.says(chat, text)
        return self.quiet(chat, before)

    def quiet(self, chat: str, before: int) -> list[Shown]:
        """Return what a person is shown after ``before`` messages, once all is answered and delivered."""
        self.until(chat, lambda shown: len(shown) > before and self.is_done(self.conversation(chat)))
        return self.sim.read(chat)[before:]

    def is_done(self, conversation: str) -> bool:
        """Say whether a conversation has nothing that is to be answered or delivered."""
        with self.engine.connect() as connection:
            return not connection.execute(LEFT, {"conversation": conversation}).scalar()
