"""What the environment decides: where things are, which ports, and which clock."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import pairwise
from pathlib import Path

LAST_PORT = 65535
MOST_WORKERS = 64
LOG_FORMATS = ("text", "json")  # the first is the default
LONGEST_WAIT = 300  # seconds
LONGEST_KEPT = 36_500  # days
MAIL_SECURITY = ("starttls", "tls", "none")
# Each in seconds, and each shorter than the next.
TIME_LIMITS = {"DATABASE_SECONDS": 2.0, "ACTION_SECONDS": 3.0, "TURN_SECONDS": 4.5, "STOP_SECONDS": 10.0}
PROJECT = Path(__file__).resolve().parents[2]
VARIABLES = (
    "CLINIC_FILE",
    "CLINIC_DATA",
    *("CLINIC_KNOWLEDGE", "CLINIC_MODELS"),
    "DATABASE_URL",
    "HOST",
    "PORT",
    "ACTIONS_PORT",
    "WORKERS",
    "LOG_FORMAT",
    "CLINIC_NOW",
    "TRUSTED_PROXIES",
    "RETENTION_DAYS",
    "PUBLIC_URL",
    *("CONSOLE_HOST", "CONSOLE_PORT", "CONSOLE_URL"),
    *("MAIL_HOST", "MAIL_PORT", "MAIL_SECURITY", "MAIL_USER", "MAIL_PASSWORD", "MAIL_FROM"),
    *("CALDAV_USER", "CALDAV_PASSWORD", "CALCOM_KEY"),
    *TIME_LIMITS,
)


@dataclass(frozen=True)
class Mail:
    """The mail server that e-mails are handed to.

    Attributes:
        host: Its name or address.
        port: Its port.
        security: "starttls", "tls" (from the first byte) or "none" (this machine only).
        user: For the log-in, or None where none is asked for.
        password: For the log-in.
        sender: Address that e-mails come from, or None for the clinic's own.

    """

    host: str
    port: int
    security: str
    user: str | None
    password: str | None = field(repr=False)
    sender: str | None


@dataclass(frozen=True)
class Environment:
    """Settings that differ from machine to machine; .env.example documents each.

    Attributes:
        clinic_file: Path of clinic.yml.
        data_folder: Folder for the SQLite database and the secret; made at start.
        knowledge_folder: What the assistant learns from; the project's data/ or the clinic's own copy of it.
        models_folder: Where trained models are kept.
        database_url: SQLAlchemy URL of the one database.
        host: Address the assistant listens on.
        port: Port of the assistant and its chat page.
        actions_port: Port of the action server (loopback only).
        workers: How many processes of the assistant share the work.
        log_format: "text" or "json", one line or one object a log record.
        database_seconds: The longest wait for one answer of the database.
        action_seconds: The longest wait for one custom action.
        turn_seconds: The longest a visitor waits for a reply, or for an apology.
        stop_seconds: The longest that a stopping server lets messages in flight be answered.
        trusted_proxies: Networks of the proxies that say whose request they pass on.
        retention_days: How long conversations are kept as they are, by channel; ``*``: any other.
        clock: Fixed time for tests and demonstrations, or None for the real clock. Aware.
        public_url: Address under which visitors reach the assistant, without a slash at its end.
        console_host: Address the staff's console listens on.
        console_port: Port of the console.
        console_url: Address under which the staff reach the console, without a slash at its end.
        mail: The mail server, or None: then no e-mail is sent.
        caldav_login: (user, password) of the CalDAV server, or None.
        calcom_key: API key of Cal.com, or None.

    """

    clinic_file: Path
    data_folder: Path
    knowledge_folder: Path
    models_folder: Path
    database_url: str
    host: str
    port: int
    actions_port: int
    workers: int
    log_format: str
    database_seconds: float
    action_seconds: float
    turn_seconds: float
    stop_seconds: float
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    retention_days: dict[str, int]
    clock: datetime | None
    public_url: str
    console_host: str
    console_port: int
    console_url: str
    mail: Mail | None
    caldav_login: tuple[str, str] | None = field(repr=False)
    calcom_key: str | None = field(repr=False)

    @property
    def actions_url(self) -> str:
        return f"http://127.0.0.1:{self.actions_port}/webhook"


def environment() -> Environment:
    """Read the environment.

    Raises:
        ValueError: a setting cannot be used; the message names it and what to write instead.

    """
    return _read(tuple(map(os.environ.get, VARIABLES)))


@lru_cache(maxsize=16)
def _read(_values: tuple[str | None, ...]) -> Environment:
    """Read the environment once for the values that it has."""
    database, action, turn, stop = _time_limits()
    data_folder = Path(os.environ.get("CLINIC_DATA", PROJECT / "var")).resolve()
    clock = os.environ.get("CLINIC_NOW")
    host, port = os.environ.get("HOST", "127.0.0.1"), _port("PORT", 5005)
    console_host, console_port = os.environ.get("CONSOLE_HOST", "127.0.0.1"), _port("CONSOLE_PORT", 5006)
    return Environment(
        clinic_file=Path(os.environ.get("CLINIC_FILE", PROJECT / "clinic.yml")),
        data_folder=data_folder,
        knowledge_folder=Path(os.environ.get("CLINIC_KNOWLEDGE", PROJECT / "data")).resolve(),
        models_folder=Path(os.environ.get("CLINIC_MODELS", PROJECT / "models")).resolve(),
        database_url=os.environ.get("DATABASE_URL", f"sqlite:///{data_folder / 'clinic.db'}"),
        host=host,
        port=port,
        actions_port=_port("ACTIONS_PORT", 5055),
        workers=_workers("WORKERS", 1),
        log_format=_one_of("LOG_FORMAT", LOG_FORMATS),
        database_seconds=database,
        action_seconds=action,
        turn_seconds=turn,
        stop_seconds=stop,
        trusted_proxies=_networks("TRUSTED_PROXIES"),
        retention_days=_days("RETENTION_DAYS"),
        clock=_time("CLINIC_NOW", clock) if clock else None,
        public_url=_url("PUBLIC_URL", host, port),
        console_host=console_host,
        console_port=console_port,
        console_url=_url("CONSOLE_URL", console_host, console_port),
        mail=_mail(),
        caldav_login=_login("CALDAV_USER", "CALDAV_PASSWORD"),
        calcom_key=_text("CALCOM_KEY"),
    )


def now() -> datetime:
    """Return the current time as an aware UTC datetime; CLINIC_NOW fixes it for every process."""
    return environment().clock or datetime.now(UTC)


def _port(name: str, default: int) -> int:
    text = os.environ.get(name, str(default))
    if not (text.isascii() and text.isdecimal()) or not 0 < int(text) <= LAST_PORT:
        raise ValueError(f"{name} must be a port number from 1 to 65535, not {text!r}")
    return int(text)


def _workers(name: str, default: int) -> int:
    text = os.environ.get(name, str(default))
    if not (text.isascii() and text.isdecimal()) or not 0 < int(text) <= MOST_WORKERS:
        raise ValueError(f"{name} must be a number of processes from 1 to {MOST_WORKERS}, not {text!r}")
    return int(text)


def _one_of(name: str, choices: tuple[str, ...]) -> str:
    text = os.environ.get(name, choices[0])
    if text not in choices:
        raise ValueError(f"{name} must be {' or '.join(choices)}, not {text!r}")
    return text


def _time_limits() -> tuple[float, ...]:
    """Return the time limits, each shorter than the next: what waits must outlast what it waits for."""
    limits = {name: _seconds(name, default) for name, default in TIME_LIMITS.items()}
    for (name, seconds), (longer, most) in pairwise(limits.items()):
        if seconds >= most:
            raise ValueError(f"{name} ({seconds:g}) must be shorter than {longer} ({most:g})")
    return tuple(limits.values())


def _days(name: str) -> dict[str, int]:
    """Read ``365, widget:90``: days for every channel, and for one."""
    found = {}
    for part in os.environ.get(name, "365").split(","):
        channel, _, days = part.rpartition(":")
        if not (days.strip().isascii() and days.strip().isdecimal()) or not 0 < int(days) <= LONGEST_KEPT:
            raise ValueError(f"{name} must be days such as 365, or 365, widget:90, not {part.strip()!r}")
        found[channel.strip() or "*"] = int(days)
    return found


def _networks(name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    texts = [text.strip() for text in os.environ.get(name, "").split(",")]
    try:
        return tuple(ip_network(text, strict=False) for text in texts if text)
    except ValueError as error:
        raise ValueError(f"{name} must be addresses or networks such as 127.0.0.1: {error}") from None


def _seconds(name: str, default: float) -> float:
    text = os.environ.get(name, str(default))
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= LONGEST_WAIT:
        raise ValueError(f"{name} must be a number of seconds from 0 to {LONGEST_WAIT}, not {text!r}")
    return seconds


def _time(name: str, text: str) -> datetime:
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{name} must be an ISO time such as 2026-11-23T10:00Z, not {text!r}") from None
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _text(name: str) -> str | None:
    """Return a setting without the spaces around it, or None when it is empty."""
    return os.environ.get(name, "").strip() or None


def _url(name: str, host: str, port: int) -> str:
    """Return the address in a setting or, without one, the one that is listened on."""
    given = _text(name)
    if given and not given.startswith(("http://", "https://")):
        raise ValueError(f"{name} must be an address such as https://chat.clinic.example, not {given!r}")
    reachable = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104
    return (given or f"http://{f'[{reachable}]' if ':' in reachable else reachable}:{port}").rstrip("/")


def _mail() -> Mail | None:
    host, security = _text("MAIL_HOST"), _text("MAIL_SECURITY") or "starttls"
    if not host:
        return None
    if security not in MAIL_SECURITY:
        raise ValueError(f"MAIL_SECURITY must be one of {', '.join(MAIL_SECURITY)}, not {security!r}")
    user, password = _login("MAIL_USER", "MAIL_PASSWORD") or (None, None)
    port = _port("MAIL_PORT", 465 if security == "tls" else 587)
    return Mail(host, port, security, user, password, _text("MAIL_FROM"))


def _login(user_name: str, password_name: str) -> tuple[str, str] | None:
    user, password = _text(user_name), _text(password_name)
    if not user and not password:
        return None
    if not user or not password:
        raise ValueError(f"{user_name} and {password_name} belong together: set both or none")
    return user, password
