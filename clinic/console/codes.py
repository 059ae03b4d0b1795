"""One-time codes of a phone (TOTP) and recovery codes: each is taken once, and the database decides."""

from __future__ import annotations

import base64
import re
import secrets
from datetime import datetime

import pyotp
import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy.engine import Connection

from clinic.console.sessions import digest
from clinic.console.tables import staff, staff_recovery_codes
from clinic.secret import STAFF, secret

STEP_SECONDS = 30
RECOVERY_CODES = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is mistaken for another


def is_right(connection: Connection, staff_id: int, stored: str, code: str, at: datetime) -> bool:
    """Say whether a code opens an account now, and use it up.

    Args:
        connection: The view's.
        staff_id: Whose code.
        stored: staff.totp_secret.
        code: Six digits of the phone, or a recovery code; spaces and hyphens do not matter.
        at: Aware.

    """
    if of_phone(connection, staff_id, stored, code, at):
        return True
    plain = re.sub(r"[\s-]", "", code).casefold()
    theirs = staff_recovery_codes.c.staff_id == staff_id
    theirs &= staff_recovery_codes.c.code_hash == digest(plain)
    return bool(connection.execute(staff_recovery_codes.delete().where(theirs)).rowcount)


def of_phone(connection: Connection, staff_id: int, stored: str, code: str, at: datetime) -> bool:
    """Say whether a code is the phone's now, and use it up."""
    plain, key = re.sub(r"\s", "", code), opened(stored)
    if not key or not re.fullmatch(r"[0-9]{6}", plain):
        return False
    return any(_use(connection, staff_id, step) for step in _steps(key, plain, at))


def _steps(key: str, code: str, at: datetime) -> list[int]:
    """Return the steps, of this one and its neighbours, whose code this is: clocks differ a little."""
    now, phone = int(at.timestamp()) // STEP_SECONDS, pyotp.TOTP(key)
    steps = (now, now - 1, now + 1)
    return [step for step in steps if secrets.compare_digest(phone.at(step * STEP_SECONDS), code)]


def _use(connection: Connection, staff_id: int, step: int) -> bool:
    """Use a step's code up; return False when it, or a later one, was used before."""
    unused = (staff.c.id == staff_id) & sa.or_(staff.c.totp_step.is_(None), staff.c.totp_step < step)
    return bool(connection.execute(staff.update().where(unused).values(totp_step=step)).rowcount)


def new_recovery_codes(connection: Connection, staff_id: int) -> list[str]:
    """Replace an account's recovery codes and return the new ones, which are shown once."""
    codes = ["".join(secrets.choice(LETTERS) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    forget(connection, staff_id)
    rows = [{"staff_id": staff_id, "code_hash": digest(code)} for code in codes]
    connection.execute(staff_recovery_codes.insert(), rows)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def forget(connection: Connection, staff_id: int) -> None:
    """Drop an account's recovery codes."""
    connection.execute(staff_recovery_codes.delete().where(staff_recovery_codes.c.staff_id == staff_id))


def sealed(key: str) -> str:
    """Return a phone's key as it is stored: a copy of the database alone makes no codes."""
    return _box().encrypt(key.encode()).decode()


def opened(stored: str) -> str | None:
    """Return a stored key, or None when the clinic's secret is another one now."""
    try:
        return _box().decrypt(stored.encode()).decode()
    except InvalidToken:
        return None


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(bytes.fromhex(secret(STAFF))))
