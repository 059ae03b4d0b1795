"""What may happen once happens once, however many ask at the same moment: the database decides."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

import pyotp
import sqlalchemy as sa

from clinic.console import codes, links, throttle
from clinic.console.tables import staff, staff_attempts
from tests.console.staff import PASSWORD


async def at_once(times, ask):
    """Return how often each status was answered."""
    return Counter(answer.status for answer in await asyncio.gather(*(ask() for _ in range(times))))


async def test_a_link_creates_one_owner(console):
    path = links.for_the_owner(console.engine).partition("5006")[2]
    fields = {"name": "Anna", "password": PASSWORD, "again": PASSWORD}
    logins = iter(range(8))
    answers = await at_once(8, lambda: console.post(path, **fields, login=f"anna{next(logins)}"))
    assert answers == {303: 1, 404: 7}
    assert console.rows(sa.select(sa.func.count()).select_from(staff)) == [(1,)]


async def test_a_code_of_a_phone_opens_one_session(console):
    anna, key = console.hire("viewer", "Anna", password=True), pyotp.random_base32()
    with console.engine.begin() as connection:
        connection.execute(staff.update().where(staff.c.id == anna.id).values(totp_secret=codes.sealed(key)))
    fields = {"login": "anna", "password": PASSWORD, "code": pyotp.TOTP(key).at(int(time.time()))}
    answers = await at_once(throttle.AT_ONE_ADDRESS, lambda: console.post("/login", **fields))
    assert answers == {303: 1, 401: throttle.AT_ONE_ADDRESS - 1}


async def test_attempts_at_once_are_counted_one_by_one(console):
    console.hire("viewer", "Anna", password=True)
    answers = await at_once(12, lambda: console.post("/login", login="anna", password="wrong"))  # noqa: S106
    assert answers == {401: 12}
    assert console.rows(sa.select(staff_attempts.c.attempts)) == [(12,)] * 3
    looked_at = [action for _, action, _ in console.trail()]
    assert looked_at == ["failed to sign in"] * throttle.AT_ONE_ADDRESS
