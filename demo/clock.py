"""The simulated time: CLINIC_NOW for our own code, and the clock of Rasa's events."""

from __future__ import annotations

import os
import time
from datetime import datetime
from types import SimpleNamespace

import rasa.core.processor
import rasa.shared.core.events
import rasa.shared.core.trackers

THEIRS = (rasa.core.processor, rasa.shared.core.events, rasa.shared.core.trackers)


class Clock:
    """Stands at the moment it was set to, and goes on from there as fast as the real one.

    So the time between a message and its reply is the one that it really took.
    """

    def __init__(self) -> None:
        self._at, self._since = time.time(), time.monotonic()

    def time(self) -> float:
        """Return seconds since 1970, as time.time() does."""
        return self._at + time.monotonic() - self._since

    def set(self, at: datetime) -> None:
        """Let it be this moment for everybody in this process."""
        os.environ["CLINIC_NOW"] = at.isoformat()
        self._at, self._since = at.timestamp(), time.monotonic()

    def install(self) -> None:
        """Let Rasa's events be made by this clock; this process serves nobody real."""
        for module in THEIRS:
            module.time = SimpleNamespace(time=self.time)  # type: ignore[attr-defined]
