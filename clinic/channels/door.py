"""The door that all channels share: size, encoding, shape and rate, checked before anything else."""

from __future__ import annotations

import time
from collections.abc import Container
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

from sanic import Sanic
from sanic.exceptions import SanicException
from sanic.helpers import STATUS_CODES
from sanic.request import Request
from sanic.response import HTTPResponse, json

from clinic.settings import environment

LONGEST_BODY = 64 * 1024  # bytes
LONGEST_TEXT = 1000  # characters
LONGEST_NAME = 255  # characters of a sender or message id
BURST, PER_SECOND = 20, 1.0  # messages of one conversation or sender
ADDRESS_BURST, ADDRESS_PER_SECOND = 120, 6.0  # messages from one address: a house, a company
MOST_BUCKETS = 10_000
LOOPBACK = frozenset({"127.0.0.1", "::1"})


class Refused(Exception):
    """A request that goes no further. ``message`` is for the person who sent it."""

    def __init__(self, status: int, code: str, message: str, retry_after: int | None = None) -> None:
        super().__init__(code)
        self.status, self.code, self.message, self.retry_after = status, code, message, retry_after

    def response(self) -> HTTPResponse:
        """Return the refusal as JSON; it repeats nothing of what was sent."""
        headers = {"Retry-After": str(self.retry_after)} if self.retry_after else None
        return json({"error": self.code, "message": self.message}, status=self.status, headers=headers)


def checked_text(value: Any, offered: Container[str] = ()) -> str:
    """Return a visitor's text as the assistant may process it.

    Args:
        value: What was sent as the text.
        offered: Payloads of buttons that this conversation was shown. One of them is taken as it is,
            also where it is a command ("/book"); any other command is words.

    Raises:
        Refused: it is no text, empty, too long, or holds characters that no keyboard sends.

    """
    if not isinstance(value, str):
        raise Refused(400, "no_text", "The message must be text.")
    text = value.replace("\0", "").strip()
    if not text:
        raise Refused(400, "empty", "The message is empty.")
    if len(text) > LONGEST_TEXT:
        raise Refused(413, "too_long", f"Please keep a message under {LONGEST_TEXT:,} characters.")
    return encodable(text) if text in offered else plain(encodable(text))


def is_command(value: Any) -> bool:
    """Say whether a text is a command if it was offered: only then is it worth looking that up."""
    return isinstance(value, str) and value.strip().startswith("/")


def plain(text: str) -> str:
    """Return a text that Rasa takes for words even where it begins like a command ("/restart")."""
    return f" {text}" if text.startswith("/") else text


def encodable(text: str) -> str:
    """Return the text. Raises Refused for lone surrogates, which no database can store."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Refused(400, "encoding", "The message holds characters that are not valid text.") from None
    return text


def checked_name(value: Any, what: str) -> str:
    """Return an id. Raises Refused when it is no short text."""
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME or "\0" in value:
        raise Refused(400, f"bad_{what}", f"The {what} must be a text of 1 to {LONGEST_NAME} characters.")
    return encodable(value)


def json_object(request: Request) -> dict[str, Any]:
    """Return the request's JSON object. Raises Refused for anything else."""
    if int(request.headers.get("content-length") or 0) > LONGEST_BODY:
        raise Refused(413, "too_large", "That is more than can be sent at once.")
    try:
        content = request.json
    except Exception:  # noqa: BLE001 (Sanic wraps any parser's error, deep nesting included)
        content = None
    if not isinstance(content, dict):
        raise Refused(400, "no_json", "The request must be a JSON object.")
    return content


def address_of(request: Request) -> str:
    """Return the address that a request comes from.

    What a request says of itself (X-Forwarded-For) counts only where it comes from a proxy that
    TRUSTED_PROXIES names, and from the right: the last address that no such proxy has.
    """
    trusted = environment().trusted_proxies
    hops = [part.strip() for part in request.headers.get("x-forwarded-for", "").split(",") if part.strip()]
    address = str(request.ip)
    while hops and _within(address, trusted):
        address = hops.pop()
    return address


def _within(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    try:
        known = ip_address(address)
    except ValueError:
        return False
    return any(known in network for network in networks)


class Gate:
    """The token buckets of conversations, senders and addresses; a message takes one token of each."""

    def __init__(self) -> None:
        self._names = Rate()
        self._addresses = Rate(ADDRESS_BURST, ADDRESS_PER_SECOND)

    def take(self, address: str, conversation: str, sender: str | None = None) -> None:
        """Let a message in. Raises Refused when there have been too many."""
        self._addresses.take(address)
        self._names.take(conversation)
        if sender is not None and sender != conversation:
            self._names.take(f"sender {sender}")


class Rate:
    """A token bucket for each name."""

    def __init__(self, burst: int = BURST, per_second: float = PER_SECOND) -> None:
        self._burst, self._per_second = burst, per_second
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, name: str) -> None:
        """Take one token. Raises Refused when there is none left."""
        at = time.monotonic()
        tokens, since = self._buckets.get(name, (float(self._burst), at))
        tokens = min(self._burst, tokens + (at - since) * self._per_second)
        if tokens < 1:
            raise Refused(429, "too_fast", "That was a lot at once. Please wait a moment.", retry_after=5)
        self._buckets[name] = (tokens - 1, at)
        if len(self._buckets) > MOST_BUCKETS:
            self._forget(at)

    def _forget(self, at: float) -> None:
        """Drop the buckets that have filled up again."""
        full = self._burst / self._per_second
        self._buckets = {name: b for name, b in self._buckets.items() if at - b[1] < full}


def install(app: Sanic) -> None:
    """Guard a whole application: no body over the limit is read, and every error has a plain form."""
    app.config.REQUEST_MAX_SIZE = LONGEST_BODY
    app.exception(Refused)(_refused)
    app.exception(SanicException)(_not_served)


async def _refused(_request: Request, refused: Refused) -> HTTPResponse:
    return refused.response()


async def _not_served(_request: Request, error: SanicException) -> HTTPResponse:
    """Answer as JSON what Sanic refuses; its own page reads headers that may be anything, and fails."""
    status = int(getattr(error, "status_code", 500))
    name = STATUS_CODES.get(status, b"error").decode().lower().replace(" ", "_")
    return Refused(status, name, "This address does not serve that request.").response()


def from_this_machine(request: Request) -> dict[str, Any]:
    """Return the message of a tool on this machine, which may send commands: sender, message and more.

    Raises:
        Refused: it came from elsewhere, or is not of that shape.

    """
    if request.ip not in LOOPBACK or "x-forwarded-for" in request.headers:
        raise Refused(403, "local_only", "This address is for tools on the assistant's own machine.")
    content = json_object(request)
    checked_name(content.get("sender"), "sender")
    checked_text(content.get("message"))
    if "\0" in content["message"]:
        raise Refused(400, "encoding", "The message holds characters that are not valid text.")
    if content.get("input_channel") is not None:
        checked_name(content["input_channel"], "input_channel")
    if not isinstance(content.get("metadata") or {}, dict):
        raise Refused(400, "bad_metadata", "The metadata must be a JSON object.")
    return content
