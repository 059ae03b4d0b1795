"""The key that signs what visitors are given: made once, kept in the data folder."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

from clinic.settings.environment import environment


def secret() -> str:
    """Return the signing key, made once and readable by this user only."""
    path = environment().data_folder / "secret"
    try:
        key = path.read_text(encoding="ascii")
    except FileNotFoundError:
        key = ""
    return key or _make_secret(path)


def _make_secret(path: Path) -> str:
    """Write a new key whole and then give it its name, so that nobody ever reads half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.stat().st_size:
        path.unlink()
    descriptor, draft = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first: its key counts
    finally:
        Path(draft).unlink()
    return path.read_text(encoding="ascii")
