"""Invitations, roles, deactivation: who may change whom."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from clinic.console import links
from clinic.console.tables import staff, staff_links
from tests.console.staff import PASSWORD

CHOSEN = {"password": PASSWORD, "again": PASSWORD}
ACTIONS = ("link", "role", "deactivate", "activate", "sessions/end")


def link_in(text):
    return re.search(r"http://[^<]+?(/welcome/[\w-]+)", text)[1]


async def test_somebody_who_is_invited_chooses_a_password_once(console):
    owner = console.hire("owner", "Anna")
    answer = await console.post("/staff", owner, name="Ben Gray", login="Ben", role="reviewer")
    link = link_in(answer.text)
    assert "Welcome, Ben Gray" in (await console.get(link)).text
    assert (await console.post("/login", login="ben", password="")).status == 401
    assert (await console.post(link, **CHOSEN)).status == 303
    assert (await console.post(link, **CHOSEN)).status == 404
    assert (await console.post("/login", login="ben", password=PASSWORD)).status == 303
    again = await console.post("/staff", owner, name="Ben", login="ben", role="viewer")
    assert (again.status, "taken" in again.text) == (400, True)
    trail = [entry for entry in console.trail() if entry[2] == "staff ben"]
    assert trail == [("Anna", "invited as reviewer", "staff ben"), ("", "used a one-time link", "staff ben")]


async def test_a_link_is_valid_for_a_day_and_until_the_next_one(console):
    owner, ben = console.hire("owner"), console.hire("viewer")
    first = link_in((await console.post(f"/staff/{ben.id}/link", owner)).text)
    second = link_in((await console.post(f"/staff/{ben.id}/link", owner)).text)
    assert (await console.get(first)).status == 404
    with console.engine.begin() as connection:
        connection.execute(staff_links.update().values(expires_at=staff_links.c.created_at))
    assert (await console.get(second)).status == 404
    assert (await console.post(second, **CHOSEN)).status == 404


async def test_a_new_link_ends_old_sessions_and_forgets_the_phone(console):
    owner, ben = console.hire("owner"), console.hire("viewer")
    with console.engine.begin() as connection:
        connection.execute(
            staff.update().where(staff.c.id == ben.id).values(totp_secret="sealed")  # noqa: S106
        )
    link = link_in((await console.post(f"/staff/{ben.id}/link", owner)).text)
    assert (await console.post(link, **CHOSEN)).status == 303
    assert (await console.get("/help", ben)).status == 303
    row = console.rows(sa.select(staff.c.totp_secret, staff.c.totp_step).where(staff.c.id == ben.id))
    assert row == [(None, None)]


@pytest.mark.parametrize("action", ACTIONS)
async def test_a_manager_changes_nobody_of_the_same_role_or_above(console, action):
    manager = console.hire("manager")
    for role in ("manager", "owner"):
        other = console.hire(role)
        answer = await console.post(f"/staff/{other.id}/{action}", manager, role="viewer")
        assert answer.status == 403, role
        assert (await console.get("/help", other)).status == 200
    assert (await console.post("/staff/4711/link", manager)).status == 404


@pytest.mark.parametrize("action", ACTIONS)
async def test_nobody_changes_their_own_account_here(console, action):
    owner = console.hire("owner")
    assert (await console.post(f"/staff/{owner.id}/{action}", owner, role="viewer")).status == 403


async def test_a_manager_gives_lower_roles_only(console):
    manager, ben = console.hire("manager"), console.hire("viewer")
    for role in ("manager", "owner", "root", ""):
        assert (await console.post("/staff", manager, name="X", login="x", role=role)).status == 403
        assert (await console.post(f"/staff/{ben.id}/role", manager, role=role)).status == 403
    assert (await console.post(f"/staff/{ben.id}/role", manager, role="reviewer")).status == 303
    assert console.rows(sa.select(staff.c.role).where(staff.c.id == ben.id)) == [("reviewer",)]


async def test_a_role_counts_at_the_next_click(console):
    owner, ben = console.hire("owner"), console.hire("manager")
    assert (await console.get("/audit", ben)).status == 200
    await console.post(f"/staff/{ben.id}/role", owner, role="viewer")
    assert (await console.get("/audit", ben)).status == 403


async def test_who_is_deactivated_is_out_at_once_and_stays_in_the_trail(console):
    owner, ben = console.hire("owner", "Anna"), console.hire("viewer", "Ben", password=True)
    link = link_in((await console.post(f"/staff/{ben.id}/link", owner)).text)
    assert (await console.post(f"/staff/{ben.id}/deactivate", owner)).status == 303
    assert (await console.get("/help", ben)).status == 303
    assert (await console.post(link, **CHOSEN)).status == 404
    assert (await console.post("/login", login="ben", password=PASSWORD)).status == 401
    assert (await console.post(f"/staff/{ben.id}/link", owner)).status == 409
    await console.post(f"/staff/{ben.id}/activate", owner)
    assert (await console.post("/login", login="ben", password=PASSWORD)).status == 303
    assert ("Anna", "deactivated", "staff ben") in console.trail()


@pytest.mark.parametrize("login", ["", " ", "-x", "a b", "é", "x" * 65, "<b>", "a\nb"])
async def test_a_name_for_signing_in_that_cannot_be_one_is_refused(console, login):
    answer = await console.post("/staff", console.hire("owner"), name="X", login=login, role="viewer")
    assert answer.status == 400


def test_a_link_from_the_command_line_is_for_somebody_who_exists(engine, capsys):
    from clinic.console.__main__ import link  # noqa: PLC0415

    assert link("") == 0  # there is no owner yet: it creates one
    assert "/welcome/" in capsys.readouterr().out
    from tests.console.staff import hire  # noqa: PLC0415

    owner = hire(engine, "owner", "Anna", "a hash")
    assert links.for_the_owner(engine) is None
    assert link("") == 0  # the only account
    hire(engine, "viewer", "Ben")
    assert link("") == 1
    assert "anna, ben" in capsys.readouterr().err
    assert link("ANNA") == 0
    assert owner.login == "anna"
