"""What is looked at before anything starts, so that each obstacle is one clear line."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

from clinic.settings import Environment, clinic

SPACE_NEEDED = 300 * 1024 * 1024  # bytes


class CannotStart(Exception):
    """Why nothing was started, in one line for the person at the terminal."""


def check(settings: Environment, ports: dict[str, tuple[str, int]], folders: list[Path]) -> None:
    """Look for what would fail later. ``ports`` names the setting of each address that must be free.

    Raises:
        CannotStart: a port is taken, the disk is full, e-mails would have no sender, or many processes lack
            what they need.
        ClinicFileError: clinic.yml holds a mistake.

    """
    email = clinic().contact.email
    if settings.mail and not (settings.mail.sender or email):
        raise CannotStart("e-mails need a sender: set MAIL_FROM, or contact's email in clinic.yml")
    check_workers(settings)
    for name, address in ports.items():
        check_free(name, address)
    for folder in folders:
        check_space(folder)


def check_workers(settings: Environment) -> None:
    """Raise CannotStart when many processes are asked for and could not share the work."""
    if settings.workers == 1:
        return
    if not settings.database_url.startswith("postgresql"):
        raise CannotStart(
            f"WORKERS={settings.workers} needs PostgreSQL, as SQLite serves one process: "
            "set DATABASE_URL=postgresql://…, or WORKERS=1"
        )
    if not shutil.which("nginx"):
        raise CannotStart(
            f"WORKERS={settings.workers} needs nginx in front of the processes, and it is not installed: "
            "install it (Debian: apt-get install nginx-light), or set WORKERS=1"
        )


def check_free(name: str, address: tuple[str, int]) -> None:
    """Raise CannotStart when an address is taken; ``name`` is the setting that chooses its port."""
    with socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or error
            advice = f"stop what uses it, or choose another with {name}={address[1] + 10} make run"
            raise CannotStart(f"port {address[1]} on {address[0]} is not free ({why}); {advice}") from None


def check_space(folder: Path) -> None:
    """Raise CannotStart when a folder cannot be made or its disk is nearly full."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise CannotStart(f"{folder} cannot be used ({error.strerror})") from None
    if free < SPACE_NEEDED:
        raise CannotStart(
            f"the disk of {folder} has {free // 2**20} MB left, {SPACE_NEEDED // 2**20} are needed"
        )
