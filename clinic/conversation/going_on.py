"""Trackers of conversations that are going on, so that the next message need not build them anew."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

One = TypeVar("One")
MOST = 64
SECONDS = 600.0  # so long after its last message a conversation is given up, with the next one's of anybody


class GoingOn(Generic[One]):
    """Lends what it keeps: who takes a thing has it alone, until it is put back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Keep nothing yet; ``clock`` tells seconds."""
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, One]] = OrderedDict()  # the longest untouched first

    def take(self, name: str) -> One | None:
        """Return what is kept under a name, and keep it no longer."""
        self._give_up()
        return self._kept.pop(name, (0.0, None))[1]

    def put(self, name: str, one: One) -> None:
        """Keep a thing for a while; the one untouched longest makes way for it."""
        self._kept.pop(name, None)
        self._kept[name] = self._clock(), one
        self._give_up()

    def _give_up(self) -> None:
        before = self._clock() - SECONDS
        while self._kept and (len(self._kept) > MOST or next(iter(self._kept.values()))[0] < before):
            self._kept.popitem(last=False)
