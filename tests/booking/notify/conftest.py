"""A round of the notifier with a real SMTP server, and a clock that the test turns."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from clinic.booking.notify import post
from clinic.settings import clinic


class Clock:
    """A real clock that the test turns."""

    def __init__(self):
        self.at = datetime(2026, 11, 20, tzinfo=UTC)

    def __call__(self):
        return self.at


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def send(engine, server, monday, clock):
    """Run one round of the notifier."""
    return lambda now=monday: post.send_due(engine, server.settings, clinic(), now, clock)
