"""News of conversations for the streams that are open in this process."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class News:
    """Whether something has happened that one open stream has not looked at yet."""

    def __init__(self) -> None:
        self._happened = asyncio.Event()

    def tell(self) -> None:
        """Something has happened."""
        self._happened.set()

    async def next(self, seconds: float) -> bool:
        """Wait for something to happen; False after ``seconds`` of quiet."""
        try:
            await asyncio.wait_for(self._happened.wait(), seconds)
        except TimeoutError:
            return False
        self._happened.clear()
        return True


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

    def tell(self, conversation: str) -> None:
        """Something has happened in a conversation."""
        for news in self._streams.get(conversation, ()):
            news.tell()

    def tell_all(self) -> None:
        """Something may have happened anywhere."""
        for conversation in list(self._streams):
            self.tell(conversation)
