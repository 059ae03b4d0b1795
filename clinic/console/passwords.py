"""Passwords, kept as argon2 hashes; one is worked on at a time, as each takes 64 MB."""

from __future__ import annotations

from functools import lru_cache
from threading import Lock

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from clinic.console.refused import Refused

SHORTEST, LONGEST = 12, 256  # characters
FEWEST_KINDS = 5  # different characters
SHORTEST_NAME = 4  # a shorter name stands in many words
HASHER = PasswordHasher()  # 64 MB and three passes
_one_at_a_time = Lock()


def hashed(password: str) -> str:
    """Return what is stored of a password."""
    with _one_at_a_time:
        return HASHER.hash(password)


def is_right(stored: str | None, password: str) -> bool:
    """Say whether a password is the stored one; takes as long where there is none."""
    if len(password) > LONGEST:
        return False
    comparison = stored or _nobodys()
    with _one_at_a_time:
        try:
            return HASHER.verify(comparison, password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def checked(password: str, again: str, login: str) -> str:
    """Return a new password. Raises Refused (400) with what is wrong with it."""
    if password != again:
        raise Refused(400, "The two passwords differ. Go back and type them again.")
    if not SHORTEST <= len(password) <= LONGEST:
        raise Refused(
            400, f"A password needs {SHORTEST} to {LONGEST} characters. Three or four words are fine."
        )
    named = len(login) >= SHORTEST_NAME and login in password.casefold()
    if named or len(set(password)) < FEWEST_KINDS:
        raise Refused(
            400, "That password is easy to guess. Three or four words without a connection are better."
        )
    return password


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return hashed("the password of nobody")
