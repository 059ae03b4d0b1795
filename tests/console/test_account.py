"""One's own account: password, phone, sessions."""

from __future__ import annotations

import asyncio
import re
import time
from datetime import UTC, datetime, timedelta

import pyotp
import sqlalchemy as sa

from clinic.console.codes import STEP_SECONDS
from clinic.console.sessions import IDLE, LONGEST, digest
from clinic.console.tables import staff, staff_sessions
from tests.console.staff import PASSWORD, sign_in


async def with_phone(console, person):
    """Set a phone up; return it and the recovery codes."""
    offered = await console.get("/account/phone", person)
    assert "data:image/svg+xml" in offered.text
    sealed = re.search(r'name="key" value="([^"]+)"', offered.text)[1]
    phone = pyotp.TOTP(re.search(r'class="key">(\w+)<', offered.text)[1])
    left = STEP_SECONDS - time.time() % STEP_SECONDS
    await asyncio.sleep(left if left < 5 else 0)  # the test's codes are of one moment
    before = phone.at(int(time.time()) - STEP_SECONDS)  # the code of this moment is left for the test
    answer = await console.post("/account/phone", person, key=sealed, code=before, password=PASSWORD)
    assert answer.status == 200
    return phone, re.findall(r"<code>([\w-]+)</code>", answer.text)


async def test_a_phone_is_asked_for_and_each_code_opens_once(console):
    anna = console.hire("viewer", "Anna", password=True)
    phone, recovery = await with_phone(console, anna)
    code = phone.at(datetime.now(UTC))
    assert (await console.post("/login", login="anna", password=PASSWORD)).status == 401
    assert (await console.post("/login", login="anna", password=PASSWORD, code="000000x")).status == 401
    assert (await console.post("/login", login="anna", password=PASSWORD, code=code)).status == 303
    assert (await console.post("/login", login="anna", password=PASSWORD, code=code)).status == 401
    again = await console.post("/login", login="anna", password=PASSWORD, code=recovery[0].replace("-", " "))
    assert again.status == 303
    assert (await console.post("/login", login="anna", password=PASSWORD, code=recovery[0])).status == 401
    assert "9 recovery codes are left" in (await console.get("/account", anna)).text


async def test_a_database_holds_no_key_and_no_code_of_a_phone(console):
    anna = console.hire("viewer", "Anna", password=True)
    phone, recovery = await with_phone(console, anna)
    stored = str(console.rows(sa.select(staff))) + str(console.rows("SELECT * FROM staff_recovery_codes"))
    assert phone.secret not in stored
    assert not any(code.replace("-", "") in stored for code in recovery)


async def test_a_phone_needs_the_password_and_a_right_code(console):
    anna = console.hire("viewer", "Anna", password=True)
    offered = (await console.get("/account/phone", anna)).text
    sealed = re.search(r'name="key" value="([^"]+)"', offered)[1]
    code = pyotp.TOTP(re.search(r'class="key">(\w+)<', offered)[1]).at(datetime.now(UTC))
    wrong = await console.post("/account/phone", anna, key=sealed, code=code, password="another one here")  # noqa: S106
    assert wrong.status == 403
    assert (await console.post("/account/phone", anna, key=sealed, code="", password=PASSWORD)).status == 400
    own = await console.post("/account/phone", anna, key="JBSWY3DPEHPK3PXP", code=code, password=PASSWORD)
    assert own.status == 400
    assert console.rows(sa.select(staff.c.totp_secret)) == [(None,)]


async def test_a_new_password_ends_the_other_sessions(console):
    anna = console.hire("viewer", "Anna", password=True)
    elsewhere = sign_in(console.engine, anna.id)
    new = "entirely other words"
    answer = await console.post("/account/password", anna, password=PASSWORD, new=new, again=new)
    assert answer.status == 303
    assert (await console.get("/account", anna)).status == 200
    assert (await console.ask("GET", "/account", token=elsewhere)).status == 303
    assert (await console.post("/login", login="anna", password=PASSWORD)).status == 401
    assert (await console.post("/login", login="anna", password=new)).status == 303


async def test_bad_passwords_are_refused_with_a_reason(console):
    anna = console.hire("viewer", "Anna", password=True)
    for new, again, reason in (
        ("short", "short", "12 to 256"),
        ("aaaabbbbaaaabbbb", "aaaabbbbaaaabbbb", "easy to guess"),
        ("anna has a garden", "anna has a garden", "easy to guess"),
        ("a long enough one", "another long one!", "differ"),
    ):
        answer = await console.post("/account/password", anna, password=PASSWORD, new=new, again=again)
        assert (answer.status, reason in answer.text) == (400, True), new


async def test_a_session_can_be_ended_by_its_owner_alone(console):
    anna, ben = console.hire("owner", "Anna"), console.hire("viewer", "Ben")
    (other,) = console.rows(sa.select(staff_sessions.c.id).where(staff_sessions.c.staff_id == ben.id))
    assert (await console.post(f"/account/sessions/{other.id}/end", anna)).status == 404
    assert (await console.get("/help", ben)).status == 200
    assert (await console.post(f"/account/sessions/{other.id}/end", ben)).status == 303
    assert (await console.get("/help", ben)).status == 303


async def test_a_session_ends_after_two_quiet_hours_and_after_twelve(console):
    anna = console.hire("viewer", "Anna")
    shift(console, anna.token, seen_at=timedelta(minutes=1) - IDLE)
    assert (await console.get("/help", anna)).status == 200
    shift(console, anna.token, seen_at=-IDLE)
    assert (await console.get("/help", anna)).status == 303
    shift(console, anna.token, seen_at=timedelta(0), started_at=timedelta(minutes=1) - LONGEST)
    assert (await console.get("/help", anna)).status == 200
    shift(console, anna.token, started_at=-LONGEST)
    assert (await console.get("/help", anna)).status == 303


async def test_the_database_holds_no_token(console):
    anna = console.hire("viewer", "Anna")
    stored = console.rows(sa.select(staff_sessions))
    assert anna.token not in str(stored)
    assert digest(anna.token) in str(stored)


async def test_a_token_of_another_shape_is_no_session(console):
    for token in ("x", "a" * 5000, "%00", "é", "'; DROP TABLE staff; --"):
        assert (await console.ask("GET", "/help", token=token)).status == 303


def shift(console, token, **times):
    values = {name: datetime.now(UTC) + by for name, by in times.items()}
    theirs = staff_sessions.c.token_hash == digest(token)
    with console.engine.begin() as connection:
        connection.execute(staff_sessions.update().where(theirs).values(values))
