"""News of a conversation for the streams that are open in this process."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

Happened = list[tuple[str, dict[str, Any]]]


class News:
    """What one open stream has not sent yet."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue()

    def put(self, name: str, content: dict[str, Any]) -> None:
        """Add an event."""
        self._queue.put_nowait((name, content))

    async def next(self, seconds: float) -> Happened:
        """Wait for events and return all there are; an empty list after ``seconds`` of quiet."""
        try:
            happened = [await asyncio.wait_for(self._queue.get(), seconds)]
        except asyncio.TimeoutError:
            return []
        while not self._queue.empty():
            happened.append(self._queue.get_nowait())
        return happened


class Live:
    """The open streams of each conversation."""

    def __init__(self) -> None:
        self._streams: dict[str, set[News]] = defaultdict(set)

    @contextmanager
    def listening(self, conversation: str) -> Iterator[News]:
        """Collect a conversation's news while the block runs."""
        news = News()
        self._streams[conversation].add(news)
        try:
            yield news
        finally:
            self._streams[conversation].discard(news)
            if not self._streams[conversation]:
                del self._streams[conversation]

    def turn_over(self, conversation: str, message_id: str) -> None:
        """Tell that a message has been answered."""
        self._tell(conversation, "turn", {"message": message_id})

    def say(self, conversation: str, message: dict[str, Any]) -> None:
        """Show a message that is not in the database, such as an apology for its absence."""
        self._tell(conversation, "message", message)

    def _tell(self, conversation: str, name: str, content: dict[str, Any]) -> None:
        for news in self._streams.get(conversation, ()):
            news.put(name, content)
