"""The audit trail holds everything and loses nothing."""

from __future__ import annotations

from inspect import isfunction, ismodule
from types import CodeType

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from clinic.console.app import load_features
from clinic.console.audit import AT_ONCE, record
from clinic.console.roles import ANYBODY
from clinic.console.tables import audit_trail
from clinic.console.views import SAFE, VIEWS
from clinic.conversation.erasure import ERASED, erase_chat

load_features()


def add(engine, action, subject="", times=1):
    with engine.begin() as connection:
        for _ in range(times):
            record(connection, None, action, subject)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_trail",
        "UPDATE audit_trail SET action = 'nothing'",
        "UPDATE audit_trail SET staff = 'somebody else'",
        "UPDATE audit_trail SET at = '2001-01-01'",
        "UPDATE audit_trail SET subject = 'another'",
        "UPDATE audit_trail SET subject = '(erased)', action = 'nothing'",
        "UPDATE audit_trail SET subject = '(erased)', staff_id = 7",
    ],
)
def test_the_database_refuses_to_change_the_trail(engine, statement):
    add(engine, "viewed transcript", "conversation c")
    with pytest.raises(DBAPIError, match="only added to"), engine.begin() as connection:
        connection.execute(sa.text(statement))
    with engine.connect() as connection:
        assert connection.execute(sa.select(audit_trail.c.action)).all() == [("viewed transcript",)]


def test_erasing_a_conversation_takes_it_out_of_the_trail_and_leaves_the_entry(engine):
    add(engine, "viewed transcript", "conversation c")
    add(engine, "viewed transcript", "conversation d")
    erase_chat(engine, "c")
    with engine.connect() as connection:
        rows = connection.execute(
            sa.select(audit_trail.c.action, audit_trail.c.subject).order_by(audit_trail.c.id)
        ).all()
    assert rows == [("viewed transcript", ERASED), ("viewed transcript", "conversation d")]


async def test_the_page_goes_back_through_all_entries_once(console):
    manager = console.hire("manager")
    add(console.engine, "signed in", times=AT_ONCE + 7)
    first = await console.get("/audit", manager)
    older = first.text.split('href="/audit?')[1].split('"')[0]
    second = await console.get(f"/audit?{older}", manager)
    assert (first.text.count("<td>signed in</td>"), second.text.count("<td>signed in</td>")) == (AT_ONCE, 7)
    assert "Older" not in second.text


async def test_the_page_shows_what_is_asked_for(console):
    owner, ben = console.hire("owner", "Anna"), console.hire("viewer", "Ben")
    await console.post(f"/staff/{ben.id}/role", owner, role="reviewer")
    await console.post("/account/sessions/end", ben)
    add(console.engine, "viewed transcript", "conversation 100%_x")
    for query, words, absent in (
        (f"who={owner.id}", "changed role", "ended all other"),
        (f"who={ben.id}", "ended all other", "changed role"),
        ("action=changed", "changed role", "ended all other"),
        ("action=%25", "Nothing here", "changed role"),
        ("subject=conversation 100%25_x", "viewed transcript", "changed role"),
        ("subject=conversation", "Nothing here", "viewed transcript"),
    ):
        text = (await console.get(f"/audit?{query}", owner)).text
        assert words in text, query
        assert absent not in text, query
    for wrong in ("who=x", "before=x", "before=-1", "before=99999999999999999999", "who=1&before=%00"):
        assert (await console.get(f"/audit?{wrong}", owner)).status in {200, 400}


CHANGES = {
    "/logout": "signed out",
    "/staff": "invited as viewer",
    "/staff/<number:int>/link": "made a one-time link",
    "/staff/<number:int>/role": "changed role",
    "/staff/<number:int>/deactivate": "deactivated",
    "/staff/<number:int>/activate": "activated",
    "/staff/<number:int>/sessions/end": "ended all sessions",
}


@pytest.mark.parametrize("path", CHANGES)
async def test_what_changes_the_staff_leaves_an_entry(console, path):
    owner, ben = console.hire("owner", "Anna"), console.hire("viewer", "Ben")
    answer = await console.post(
        path.replace("<number:int>", str(ben.id)), owner, name="Cora", login="cora", role="viewer"
    )
    assert answer.status in {200, 303}
    ((who, action, _),) = console.trail()
    assert (who, action.startswith(CHANGES[path])) == ("Anna", True)


def names_in(code):
    """Return the names that a function's code uses, that of the functions in it included."""
    inner = [one for one in code.co_consts if isinstance(one, CodeType)]
    return set(code.co_names).union(*(names_in(one) for one in inner))


def leaves_an_entry(function, seen):
    """Say whether a function calls record, itself or through functions of the console that it calls."""
    seen.add(function)
    names = names_in(function.__code__)
    used = [function.__globals__[name] for name in names if name in function.__globals__]
    used += [getattr(one, name) for one in used if ismodule(one) for name in names if hasattr(one, name)]
    ours = [one for one in used if isfunction(one) and one.__module__.startswith("clinic.console")]
    return record in ours or any(leaves_an_entry(one, seen) for one in ours if one not in seen)


def test_no_view_that_changes_something_does_so_without_an_entry():
    silent = {
        "/conversations/<part>/typing"
    }  # that somebody writes is shown for six seconds, and kept nowhere
    changing = [one for one in VIEWS if not set(one.methods) <= SAFE and one.role != ANYBODY]
    changing = [one for one in changing if one.path not in silent]
    assert [one.path for one in changing if not leaves_an_entry(one.answer, set())] == []
