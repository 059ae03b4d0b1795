"""News of a conversation for the streams that are open in this process."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class News:
    """The answered messages that one open stream has not told yet."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[str] = asyncio.Queue()

    def put(self, message_id: str) -> None:
        """Add an answered message."""
        self._queue.put_nowait(message_id)

    async def next(self, seconds: float) -> list[str]:
        """Wait for answered messages and return all there are; none after ``seconds`` of quiet."""
        try:
            happened = [await asyncio.wait_for(self._queue.get(), seconds)]
        except TimeoutError:
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
        for news in self._streams.get(conversation, ()):
            news.put(message_id)
