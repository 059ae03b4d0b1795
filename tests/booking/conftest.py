from __future__ import annotations

from collections.abc import Iterator

import pytest
from sanic import Sanic

from tests.booking.talking import Talk, talking
from tests.mailserver import MailServer


@pytest.fixture(scope="session")
def talk() -> Iterator[Talk]:
    """The assistant with its action server; rasa_sdk makes one such server in a process."""
    Sanic.test_mode = True  # or it rewrites its own methods so that no other application can start
    with talking() as running:
        yield running


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A real SMTP server."""
    running = MailServer().up()
    yield running
    running.down()
