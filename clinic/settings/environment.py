"""What the environment decides: where things are, which ports, and which clock."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

LAST_PORT = 65535
MOST_WORKERS = 64
PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Environment:
    """Settings that differ from machine to machine; .env.example documents each.

    Attributes:
        clinic_file: Path of clinic.yml.
        data_folder: Folder for the SQLite database and the secret; made at start.
        database_url: SQLAlchemy URL of the one database.
        host: Address the assistant listens on.
        port: Port of the assistant and its chat page.
        actions_port: Port of the action server (loopback only).
        workers: How many processes of the assistant share the work.
        clock: Fixed time for tests and demonstrations, or None for the real clock. Aware.

    """

    clinic_file: Path
    data_folder: Path
    database_url: str
    host: str
    port: int
    actions_port: int
    workers: int
    clock: datetime | None

    @property
    def actions_url(self) -> str:
        return f"http://127.0.0.1:{self.actions_port}/webhook"


def environment() -> Environment:
    """Read the environment.

    Raises:
        ValueError: a port or WORKERS is no number, or CLINIC_NOW no ISO time.

    """
    data_folder = Path(os.environ.get("CLINIC_DATA", PROJECT / "var")).resolve()
    clock = os.environ.get("CLINIC_NOW")
    return Environment(
        clinic_file=Path(os.environ.get("CLINIC_FILE", PROJECT / "clinic.yml")),
        data_folder=data_folder,
        database_url=os.environ.get("DATABASE_URL", f"sqlite:///{data_folder / 'clinic.db'}"),
        host=os.environ.get("HOST", "127.0.0.1"),
        port=_port("PORT", 5005),
        actions_port=_port("ACTIONS_PORT", 5055),
        workers=_workers("WORKERS", 1),
        clock=_time("CLINIC_NOW", clock) if clock else None,
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


def _time(name: str, text: str) -> datetime:
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{name} must be an ISO time such as 2026-11-23T10:00Z, not {text!r}") from None
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
