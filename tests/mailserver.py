"""A real SMTP server on this machine that can be told to be difficult."""

from __future__ import annotations

import asyncio
import email
import email.policy
import time
from collections import Counter
from typing import Any

from aiosmtpd.controller import Controller

from clinic.settings.environment import Mail
from tests.assistant import free_port


class MailServer:
    """Takes e-mails; ``answers`` says what it replies to a recipient instead, ``slow`` how long it thinks.

    Args:
        options: What aiosmtpd's Controller takes beside address and port: TLS, log-in.

    """

    def __init__(self, **options: Any) -> None:
        self._options = options
        self.port = free_port()
        self.received: list[email.message.EmailMessage] = []
        self.tried: Counter[str] = Counter()
        self.answers: dict[str, list[str]] = {}
        self.slow = 0.0
        self._controller: Controller | None = None

    @property
    def settings(self) -> Mail:
        return Mail("127.0.0.1", self.port, "none", None, None, "hello@clinic.example")

    def up(self) -> MailServer:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **self._options)
        self._controller.start()
        return self

    def down(self) -> None:
        if self._controller:
            self._controller.stop()
            self._controller = None

    def to(self, address: str) -> list[email.message.EmailMessage]:
        return [m for m in self.received if m["To"].addresses[0].addr_spec == address]

    def subjects(self, address: str) -> list[str]:
        return [message["Subject"] for message in self.to(address)]

    def wait_for(self, count: int, seconds: float = 30) -> list[email.message.EmailMessage]:
        deadline = time.monotonic() + seconds
        while len(self.received) < count and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.received

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802 (aiosmtpd's name)
        self.tried[address] += 1
        waiting = self.answers.get(address)
        if waiting:
            return waiting.pop(0) if len(waiting) > 1 or waiting[0].startswith("4") else waiting[0]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 (aiosmtpd's name)
        await asyncio.sleep(self.slow)
        self.received.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 taken"
