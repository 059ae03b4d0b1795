"""What the environment decides: where things are, which ports, and which clock."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from itertools import pairwise
from pathlib import Path

from clinic.settings.environment import channels, mail, values
from clinic.settings.environment.channels import Access
from clinic.settings.environment.mail import Mail

__all__ = ["PROJECT", "VARIABLES", "Access", "Environment", "Mail", "environment", "now"]

MOST_WORKERS = 64
LONGEST_IDLE = 1440  # minutes
YES_OR_NO = ("yes", "no")  # the first is the default, as of the next
LOG_FORMATS = ("text", "json")
# Each in seconds, and each shorter than the next.
TIME_LIMITS = {"DATABASE_SECONDS": 2.0, "ACTION_SECONDS": 3.0, "TURN_SECONDS": 4.5, "STOP_SECONDS": 10.0}
PROJECT = Path(__file__).resolve().parents[3]
VARIABLES = (
    "CLINIC_FILE",
    "CLINIC_DATA",
    *("CLINIC_KNOWLEDGE", "CLINIC_MODELS"),
    "DATABASE_URL",
    "HOST",
    "PORT",
    "ACTIONS_PORT",
    "WORKERS",
    "ONE_CORE",
    "LOG_FORMAT",
    "CLINIC_NOW",
    "TRUSTED_PROXIES",
    "RETENTION_DAYS",
    "TAKEOVER_MINUTES",
    "PUBLIC_URL",
    *("CONSOLE_HOST", "CONSOLE_PORT", "CONSOLE_URL"),
    *mail.VARIABLES,
    *("CALDAV_USER", "CALDAV_PASSWORD", "CALCOM_KEY"),
    *channels.VARIABLES,
    *TIME_LIMITS,
)

# A message asks half a dozen times; os.environ.get raises and catches an error for each that is not set.
_NAMES = tuple(map(os.fsencode, VARIABLES))
_given = os.environ._data.get  # type: ignore[attr-defined]  # noqa: SLF001


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
        one_core: Whether each of them keeps its Python to one core.
        log_format: "text" or "json", one line or one object a log record.
        database_seconds: The longest wait for one answer of the database.
        action_seconds: The longest wait for one custom action.
        turn_seconds: The longest a visitor waits for a reply, or for an apology.
        stop_seconds: The longest that a stopping server lets messages in flight be answered.
        trusted_proxies: Networks of the proxies that say whose request they pass on.
        retention_days: How long conversations are kept as they are, by channel; ``*``: any other.
        takeover_idle: After how long a chat that staff left idle goes back to the assistant.
        clock: Fixed time for tests and demonstrations, or None for the real clock. Aware.
        public_url: Address under which visitors reach the assistant, without a slash at its end.
        console_host: Address the staff's console listens on.
        console_port: Port of the console.
        console_url: Address under which the staff reach the console, without a slash at its end.
        mail: The mail server, or None: then no e-mail is sent.
        caldav_login: (user, password) of the CalDAV server, or None.
        calcom_key: API key of Cal.com, or None.
        channels: The messaging platforms that are switched on, by name.

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
    one_core: bool
    log_format: str
    database_seconds: float
    action_seconds: float
    turn_seconds: float
    stop_seconds: float
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    retention_days: dict[str, int]
    takeover_idle: timedelta
    clock: datetime | None
    public_url: str
    console_host: str
    console_port: int
    console_url: str
    mail: Mail | None
    caldav_login: tuple[str, str] | None = field(repr=False)
    calcom_key: str | None = field(repr=False)
    channels: dict[str, Access]

    @property
    def actions_url(self) -> str:
        return f"http://127.0.0.1:{self.actions_port}/webhook"


def environment() -> Environment:
    """Read the environment.

    Raises:
        ValueError: a setting cannot be used; the message names it and what to write instead.

    """
    return _read(tuple(map(_given, _NAMES)))


@lru_cache(maxsize=16)
def _read(_values: tuple[bytes | None, ...]) -> Environment:
    """Read the environment once for the values that it has."""
    database, action, turn, stop = _time_limits()
    data_folder = Path(os.environ.get("CLINIC_DATA", PROJECT / "var")).resolve()
    host, port = os.environ.get("HOST", "127.0.0.1"), values.port("PORT", 5005)
    console = os.environ.get("CONSOLE_HOST", "127.0.0.1"), values.port("CONSOLE_PORT", 5006)
    return Environment(
        clinic_file=Path(os.environ.get("CLINIC_FILE", PROJECT / "clinic.yml")),
        data_folder=data_folder,
        knowledge_folder=Path(os.environ.get("CLINIC_KNOWLEDGE", PROJECT / "data")).resolve(),
        models_folder=Path(os.environ.get("CLINIC_MODELS", PROJECT / "models")).resolve(),
        database_url=os.environ.get("DATABASE_URL", f"sqlite:///{data_folder / 'clinic.db'}"),
        host=host,
        port=port,
        actions_port=values.port("ACTIONS_PORT", 5055),
        workers=values.count("WORKERS", 1, MOST_WORKERS, "processes"),
        one_core=values.one_of("ONE_CORE", YES_OR_NO) == YES_OR_NO[0],
        log_format=values.one_of("LOG_FORMAT", LOG_FORMATS),
        database_seconds=database,
        action_seconds=action,
        turn_seconds=turn,
        stop_seconds=stop,
        trusted_proxies=values.networks("TRUSTED_PROXIES"),
        retention_days=values.days("RETENTION_DAYS", "365"),
        takeover_idle=timedelta(minutes=values.count("TAKEOVER_MINUTES", 15, LONGEST_IDLE, "minutes")),
        clock=values.time("CLINIC_NOW"),
        public_url=values.url("PUBLIC_URL", host, port),
        console_host=console[0],
        console_port=console[1],
        console_url=values.url("CONSOLE_URL", *console),
        mail=mail.mail(),
        caldav_login=values.login("CALDAV_USER", "CALDAV_PASSWORD"),
        calcom_key=values.text("CALCOM_KEY"),
        channels=channels.read_channels(),
    )


def now() -> datetime:
    """Return the current time as an aware UTC datetime; CLINIC_NOW fixes it for every process."""
    return environment().clock or datetime.now(UTC)


def _time_limits() -> tuple[float, ...]:
    """Return the time limits, each shorter than the next: what waits must outlast what it waits for."""
    limits = {name: values.seconds(name, default) for name, default in TIME_LIMITS.items()}
    for (name, seconds), (longer, most) in pairwise(limits.items()):
        if seconds >= most:
            raise ValueError(f"{name} ({seconds:g}) must be shorter than {longer} ({most:g})")
    return tuple(limits.values())
