"""Signing in and out."""

from __future__ import annotations

import sqlalchemy as sa
from argon2 import PasswordHasher

from clinic.console import links
from clinic.console.login import is_local
from clinic.console.passwords import is_right
from clinic.console.tables import staff
from tests.console.staff import PASSWORD


async def test_name_and_password_begin_a_session_and_the_button_ends_it(console):
    anna = console.hire("viewer", "Anna", password=True)
    answer = await console.post("/login", login="ANNA", password=PASSWORD, next="/help")
    assert (answer.status, answer.headers["Location"]) == (303, "/help")
    cookie = answer.headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    anna.token = cookie.split(";")[0].split("=")[1]
    assert (await console.get("/help", anna)).status == 200
    assert (await console.post("/logout", anna)).headers["Location"] == "/login"
    assert (await console.get("/help", anna)).headers["Location"] == "/login?next=%2Fhelp"
    assert [entry[:2] for entry in console.trail()] == [("Anna", "signed in"), ("Anna", "signed out")]


async def test_every_failed_log_in_reads_the_same(console):
    console.hire("viewer", "Anna", password=True)
    console.hire("viewer", "Ben")
    gone = console.hire("viewer", "Cora", password=True)
    with console.engine.begin() as connection:
        connection.execute(staff.update().where(staff.c.id == gone.id).values(active=False))
    tries = {
        ("anna", "wrong words here"),
        ("nobody", PASSWORD),
        ("ben", PASSWORD),
        ("cora", PASSWORD),
        ("", ""),
    }
    pages = set()
    for login, password in tries:
        answer = await console.post("/login", login=login, password=password)
        assert answer.status == 401
        assert "Set-Cookie" not in answer.headers
        pages.add(answer.text.replace(f'name="login" value="{login}"', ""))
    assert len(pages) == 1


def test_a_password_is_kept_as_argon2_asks_for():
    kept = PasswordHasher().hash(PASSWORD)  # the library's own profile, which the console uses
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert is_right(kept, PASSWORD)
    assert not is_right(kept, PASSWORD.upper())
    assert not is_right(kept, "x" * 1000)
    assert not is_right("no hash", PASSWORD)


def test_the_log_in_leads_to_no_other_site():
    assert is_local("/conversations?q=1")
    others = [
        "",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/\t/evil.example",
        "javascript:x",
    ]
    assert [address for address in others if is_local(address)] == []


async def test_the_first_link_creates_the_owner_once(console):
    path = links.for_the_owner(console.engine).partition("5006")[2]
    assert "Create the first account" in (await console.get(path)).text
    wrong = await console.post(path, name="Anna", login="anna", password="short", again="short")  # noqa: S106
    assert wrong.status == 400
    fields = {"name": "Anna", "login": "Anna", "password": PASSWORD, "again": PASSWORD}
    answer = await console.post(path, **fields)
    assert answer.headers["Location"] == "/"
    assert "clinic-staff=" in answer.headers["Set-Cookie"]
    assert [tuple(row) for row in console.rows(sa.select(staff.c.login, staff.c.role))] == [("anna", "owner")]
    assert (await console.post(path, **fields)).status == 404
    assert links.for_the_owner(console.engine) is None
