"""What a platform tells us, in one shape for all of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from clinic.channels.messaging.platform_json import dig
from clinic.conversation.inbox import LONGEST_ID

LAST_TIME = 253_402_300_799  # the end of the year 9999, in seconds since 1970
MILLISECONDS = 10_000_000_000  # a larger number counts in thousandths


@dataclass(frozen=True)
class Heard:
    """One message of a person.

    Attributes:
        id: The platform's name of it; a repeat has the same.
        chat: The person, as the platform calls them.
        words: What was written, or can be read of it (a caption, a shared phone number).
        kind: What it is when it is not words: one of wording.ANSWERS, or None.
        choice: The key of the button that was pressed, or None; ``words`` is its title.
        at: When, by the platform's clock; None where it does not say.
        through: Our number or page that they wrote to.
        name: The platform's own name of the message, to answer a press or to show that it was read.

    """

    id: str
    chat: str
    words: str = ""
    kind: str | None = None
    choice: str | None = None
    at: datetime | None = None
    through: str = ""
    name: str = ""


@dataclass(frozen=True)
class Receipt:
    """What became of a message of ours: ``state`` is one of deliveries.STATES."""

    platform_id: str
    state: str
    trouble: str | None = None


@dataclass(frozen=True)
class ReadUntil:
    """A person has seen everything up to a time."""

    chat: str
    at: datetime
    state: str = "read"


@dataclass(frozen=True)
class Reaction:
    """A person's thumb under a message of ours; None takes it back."""

    chat: str
    platform_id: str
    helpful: bool | None


@dataclass(frozen=True)
class Stopped:
    """A person wants no more messages, or wants them again."""

    chat: str
    stopped: bool


Told = Heard | Receipt | ReadUntil | Reaction | Stopped
UP = frozenset("👍❤🥰👏🔥🎉🤩🙏👌😍💯🤗😊😃😄🙂💪🆒😘⭐")
DOWN = frozenset("👎😡🤬💩😠😢😞🤮")


def thumb(emoji: str) -> bool | None:
    """Return whether an emoji praises; None for one that says neither."""
    first = emoji.strip()[:1]
    return True if first in UP else False if first in DOWN else None


def short_id(name: str) -> str:
    """Return the same name, or for one that is too long for its column a digest of it."""
    return name if len(name) <= LONGEST_ID else hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()


def moment(value: Any) -> datetime | None:
    """Return the time that seconds or milliseconds since 1970 say, also where they are written as text."""
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        value = int(value[:20])
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < LAST_TIME * 1000:
        return None
    return datetime.fromtimestamp(value / 1000 if value > MILLISECONDS else value, UTC)


def phone_of(contact: Any) -> str:
    """Return the phone number of a contact as WhatsApp shares it, or nothing."""
    number = dig(contact, "phones", 0, "phone")
    return number if isinstance(number, str) else ""
