"""Single values of the environment, each read from its variable or refused with its name."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network, ip_network

LAST_PORT = 65535
LONGEST_WAIT = 300  # seconds
LONGEST_KEPT = 36_500  # days


def text(name: str) -> str | None:
    """Return a setting without the spaces around it, or None when it is empty."""
    return os.environ.get(name, "").strip() or None


def port(name: str, default: int) -> int:
    """Return a port number."""
    given = os.environ.get(name, str(default))
    if not (given.isascii() and given.isdecimal()) or not 0 < int(given) <= LAST_PORT:
        raise ValueError(f"{name} must be a port number from 1 to {LAST_PORT}, not {given!r}")
    return int(given)


def count(name: str, default: int, most: int, what: str) -> int:
    """Return a whole number of ``what`` from 1 to ``most``."""
    given = os.environ.get(name, str(default))
    if not (given.isascii() and given.isdecimal()) or not 0 < int(given) <= most:
        raise ValueError(f"{name} must be a number of {what} from 1 to {most}, not {given!r}")
    return int(given)


def one_of(name: str, choices: tuple[str, ...]) -> str:
    """Return one of these words; the first is the default."""
    given = os.environ.get(name, choices[0])
    if given not in choices:
        raise ValueError(f"{name} must be {' or '.join(choices)}, not {given!r}")
    return given


def seconds(name: str, default: float) -> float:
    """Return a time limit in seconds."""
    given = os.environ.get(name, str(default))
    try:
        value = float(given)
    except ValueError:
        value = 0.0
    if not 0 < value <= LONGEST_WAIT:
        raise ValueError(f"{name} must be a number of seconds from 0 to {LONGEST_WAIT}, not {given!r}")
    return value


def time(name: str) -> datetime | None:
    """Return an aware time in UTC, or None where none is set."""
    given = os.environ.get(name)
    if not given:
        return None
    try:
        value = datetime.fromisoformat(given)
    except ValueError:
        raise ValueError(f"{name} must be an ISO time such as 2026-11-23T10:00Z, not {given!r}") from None
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def days(name: str, default: str) -> dict[str, int]:
    """Read ``365, widget:90``: days for every channel (``*``), and for one."""
    found = {}
    for part in os.environ.get(name, default).split(","):
        channel, _, number = part.rpartition(":")
        number = number.strip()
        if not (number.isascii() and number.isdecimal()) or not 0 < int(number) <= LONGEST_KEPT:
            raise ValueError(f"{name} must be days such as 365, or 365, widget:90, not {part.strip()!r}")
        found[channel.strip() or "*"] = int(number)
    return found


def networks(name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return addresses and networks, written with commas between them."""
    given = [part.strip() for part in os.environ.get(name, "").split(",")]
    try:
        return tuple(ip_network(part, strict=False) for part in given if part)
    except ValueError as error:
        raise ValueError(f"{name} must be addresses or networks such as 127.0.0.1: {error}") from None


def login(user_name: str, password_name: str) -> tuple[str, str] | None:
    """Return (user, password), or None where neither is set."""
    user, password = text(user_name), text(password_name)
    if not user and not password:
        return None
    if not user or not password:
        raise ValueError(f"{user_name} and {password_name} belong together: set both or none")
    return user, password


def url(name: str, host: str, port: int) -> str:
    """Return the address in a setting, without a slash at its end, or the one that is listened on."""
    given = text(name)
    if given and not given.startswith(("http://", "https://")):
        raise ValueError(f"{name} must be an address such as https://chat.clinic.example, not {given!r}")
    reachable = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104
    return (given or f"http://{f'[{reachable}]' if ':' in reachable else reachable}:{port}").rstrip("/")
