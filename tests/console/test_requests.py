"""People's requests: shown, assigned, noted, done, and gone with the person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from clinic.booking import store
from clinic.booking.records import Client
from clinic.console.requests import AT_ONCE
from clinic.conversation.erasure import erase
from clinic.conversation.export import export
from clinic.conversation.tables import deliveries
from clinic.database import outbox, requests

JANE = Client("Jane Doe", "+447700900123")


def ask(engine, message="Please call me about pigmentation", key="k", conversation="c"):
    at = datetime(2026, 11, 23, 9, tzinfo=UTC)
    store.ask_person(engine, JANE, message, key=key, conversation=conversation, now=at)
    with engine.connect() as connection:
        return connection.execute(sa.select(sa.func.max(requests.c.id))).scalar()


async def test_a_request_is_read_noted_assigned_and_done(console):
    anna = console.hire("reviewer", "Anna")
    number = ask(console.engine)
    listed = (await console.get("/requests", anna)).text
    assert "Jane Doe" in listed
    assert "pigmentation" in listed
    assert JANE.contact not in listed
    page = f"/requests/{number}"
    assert JANE.contact in (await console.get(page, anna)).text
    await console.post(f"{page}/notes", anna, text="Called, no answer")
    await console.post(f"{page}/assign", anna, who=anna.id)
    assert "Called, no answer" in (await console.get(page, anna)).text
    assert "Jane Doe" in (await console.get("/requests?show=mine", anna)).text
    assert (await console.post(f"{page}/done", anna)).headers["Location"] == "/requests"
    assert "Jane Doe" not in (await console.get("/requests", anna)).text
    assert "Jane Doe" in (await console.get("/requests?show=done", anna)).text
    await console.post(f"{page}/reopen", anna)
    assert "Jane Doe" in (await console.get("/requests?show=open", anna)).text
    assert [action for _, action, subject in console.trail() if subject == f"request {number}"] == [
        "viewed request", "added a note", "assigned to anna", "viewed request", "marked done", "opened again",
    ]  # fmt: skip


async def test_a_viewer_reads_and_changes_nothing(console):
    viewer = console.hire("viewer")
    number = ask(console.engine)
    assert "<form" not in (await console.get(f"/requests/{number}", viewer)).text.partition("<main")[2]
    for action in ("notes", "assign", "done", "reopen"):
        assert (await console.post(f"/requests/{number}/{action}", viewer, text="x")).status == 403


@pytest.mark.parametrize("action", ["", "/notes", "/assign", "/done", "/reopen"])
async def test_a_request_that_is_not_there_is_not_found(console, action):
    anna = console.hire("reviewer")
    method = "POST" if action else "GET"
    headers = {"Sec-Fetch-Site": "same-origin"}
    assert (await console.ask(method, f"/requests/4711{action}", anna, headers, {"text": "x"})).status == 404


async def test_what_cannot_be_stored_is_refused(console):
    anna, gone = console.hire("reviewer"), 4711
    page = f"/requests/{ask(console.engine)}"
    for text in ("", "  ", "x" * 2001, "\0"):
        assert (await console.post(f"{page}/notes", anna, text=text)).status == 400
    assert (await console.post(f"{page}/assign", anna, who=gone)).status == 400
    assert (await console.post(f"{page}/assign", anna, who="x")).status == 400
    assert console.rows("SELECT * FROM request_notes") == []


async def test_older_requests_are_a_page_away(console):
    anna = console.hire("viewer")
    for number in range(AT_ONCE + 3):
        ask(console.engine, key=f"k{number}")
    first = (await console.get("/requests?show=open", anna)).text
    older = first.split('rel="next"')[0].rpartition('href="')[2].split('"')[0].replace("&amp;", "&")
    assert first.count("Jane Doe") == AT_ONCE
    assert (await console.get(older, anna)).text.count("Jane Doe") == 3


async def test_notes_are_given_to_the_person_who_asks_and_go_with_them(console):
    anna = console.hire("reviewer")
    number = ask(console.engine)
    await console.post(f"/requests/{number}/notes", anna, text="Jane is pregnant")
    (told,) = export(console.engine, ["c"])["requests"]
    assert (told["client_name"], told["notes"]) == ("Jane Doe", ["Jane is pregnant"])
    erase(console.engine, ["c"], datetime.now(UTC), JANE.contact)
    assert console.rows("SELECT * FROM request_notes") == []
    assert (await console.get(f"/requests/{number}", anna)).status == 404


async def test_e_mails_that_were_refused_for_good_are_shown(console, book, monday):
    visit = book()
    row = {"event": "change:1", "audience": "client", "kind": "confirmed", "sequence": 0, "attempts": 1}
    row |= {"starts_at": monday, "next_try_at": monday, "created_at": monday, "status": "refused"}
    (appointment,) = console.rows("SELECT id, reference FROM appointments")
    with console.engine.begin() as connection:
        connection.execute(
            outbox.insert().values(**row, appointment_id=appointment.id, trouble="550 no such mailbox")
        )
    text = (await console.get("/requests", console.hire("viewer"))).text
    assert visit.reference in text
    assert "550 no such mailbox" in text
    assert timedelta(0) < visit.starts_at - monday


async def test_messages_that_a_platform_refused_for_good_are_shown_with_their_conversation(console, monday):
    columns = ("conversation", "event_id", "state", "created_at", "trouble")
    old = monday - timedelta(days=31)
    rows = [
        ("telegram-1/2", 1, "failed", monday, "blocked by the user"),
        ("telegram-1/2", 2, "failed", monday, "blocked by the user"),
        ("telegram-3", 1, "sent", monday, None),
        ("telegram-4", 1, "failed", old, "long ago"),
    ]
    same = {"part": 0, "channel": "telegram", "attempts": 1, "next_try_at": monday}
    with console.engine.begin() as connection:
        connection.execute(deliveries.insert(), [same | dict(zip(columns, row, strict=True)) for row in rows])
    text = (await console.get("/requests", console.hire("viewer"))).text
    assert "<td>2</td><td>blocked by the user</td>" in text
    assert 'href="/conversations/telegram-1%2F2"' in text
    assert "telegram-3" not in text
    assert "long ago" not in text
