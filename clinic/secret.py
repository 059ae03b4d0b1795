"""The clinic's secrets: random keys in files of the data folder, made at first use."""

from __future__ import annotations

import hmac
import os
import secrets
import tempfile
from pathlib import Path

from clinic.settings import environment

TOKENS = "secret"  # signs the visitors' tokens
ACTIONS = "actions-secret"  # what the assistant shows the action server
METRICS = "metrics-token"  # what a monitoring system shows
API = "api-token"  # opens Rasa's HTTP API where it is switched on
MODELS = "models-secret"  # signs trained models
STAFF = "staff-secret"  # encrypts the keys of the staff's phones
TELEGRAM = "telegram-secret"  # what Telegram shows with every message
META = "meta-verify-token"  # what Meta shows once, when a webhook is set up
ALL = (TOKENS, ACTIONS, METRICS, API, MODELS, STAFF, TELEGRAM, META)


def secret(name: str) -> str:
    """Return a secret, made once and readable by this user only.

    Several machines share a clinic's secrets by sharing these files (deploy/README.md).
    """
    path = environment().data_folder / name
    try:
        key = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        key = ""
    return key or _make(path)


def is_bearer(authorization: str | None, key: str) -> bool:
    """Say whether an Authorization header holds the key; takes as long for any wrong one."""
    given = (authorization or "").removeprefix("Bearer ")
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), key.encode())


def _make(path: Path) -> str:
    """Write a new key whole and then give it its name, so that nobody ever reads half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.stat().st_size:
        path.unlink()
    descriptor, draft = tempfile.mkstemp(dir=path.parent)  # mode 600
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first: its key counts
    finally:
        Path(draft).unlink()
    return path.read_text(encoding="ascii").strip()
