"""What a messaging platform is to the rest: how its messages are known, read, answered and sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

import aiohttp
from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from clinic.channels import door
from clinic.channels.messaging.incoming import Heard, Told
from clinic.channels.messaging.spoken import Spoken
from clinic.settings.environment.channels import Access

Content = dict[str, Any]  # a message as the platform's API takes it, and how it is sent
DAY = timedelta(hours=24)


@dataclass(frozen=True)
class Recipient:
    """A person as the platform calls them, and our number or page that they wrote to."""

    chat: str
    through: str


class NotNow(Exception):
    """The platform does not take a message now. Its text says why, without anybody's words."""

    def __init__(self, why: str, seconds: float | None = None) -> None:
        super().__init__(why)
        self.seconds = seconds


class Never(Exception):
    """The platform refuses a message for good. Its text says why, without anybody's words.

    Attributes:
        stopped: Whether the person wants no messages from us: none is sent any more.

    """

    def __init__(self, why: str, *, stopped: bool = False) -> None:
        super().__init__(why)
        self.stopped = stopped


class Platform:
    """One platform. A subclass holds what is peculiar to it, and nothing of databases or tasks.

    Args:
        access: How it is reached.

    """

    name: ClassVar[str]
    largest: ClassVar[int] = door.LONGEST_BODY  # bytes of what it may send at once
    short_stop: ClassVar[bool] = False  # whether "stop" alone means: no more messages
    numbered: ClassVar[bool] = False  # whether choices are numbers that people write

    def __init__(self, access: Access) -> None:
        self.access = access

    def is_genuine(self, request: Request, body: bytes) -> bool:
        """Say whether a request comes from the platform; takes as long for any wrong one."""
        raise NotImplementedError

    def told(self, body: bytes) -> Iterator[Told]:
        """Yield what a request tells, in its order; what is none of ours is left out.

        Raises:
            ValueError: the body is none of the platform's.

        """
        raise NotImplementedError

    def rendered(self, said: Spoken) -> list[Content]:
        """Return what was said as messages of the platform, within its limits."""
        raise NotImplementedError

    def window(self, _to: Recipient) -> timedelta | None:
        """Return how long after a person's last message they may be written to freely; None: always."""
        return None

    def in_template(self, _text: str) -> Content | None:
        """Return a text in the template that clinic.yml names, or None where it names none."""
        return None

    async def send(self, session: aiohttp.ClientSession, to: Recipient, content: Content) -> str:
        """Hand over one message and return the platform's name of it, or nothing where it has none.

        Raises:
            NotNow: not now; the same message may be taken later.
            Never: not this message.

        """
        raise NotImplementedError

    async def show_typing(self, session: aiohttp.ClientSession, heard: Heard) -> None:
        """Show the person that their message has come and is being answered. Raises NotNow, Never."""

    def acknowledged(self) -> HTTPResponse:
        """Return what the platform is answered when its message is kept."""
        return response.text("ok")
