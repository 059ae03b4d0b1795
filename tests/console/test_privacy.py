"""Erasure, what is known of a person, retention, in the console."""

from __future__ import annotations

import sqlalchemy as sa

from clinic.conversation.retention import enforce
from clinic.database import appointments, database
from tests.conversation.written import bot, keep, user

JANE = "+447700900123"
WHO = "Zyxwvut Quillfeather"


def everywhere(console, tmp_path):
    """Return all that the database holds, as bytes."""
    if console.engine.dialect.name == "sqlite":
        return b"".join(path.read_bytes() for path in tmp_path.glob("clinic.db*"))
    tables = [
        row.tablename for row in console.rows("select tablename from pg_tables where schemaname = 'public'")
    ]
    read = [console.rows(sa.text(f'select t::text as line from "{name}" t')) for name in tables]  # noqa: S608
    return "\n".join(row.line for rows in read for row in rows).encode()


def remember(console, number=3):
    """Keep what Jane said in one conversation, and what others said in others."""
    keep(console.engine, "widget-jane", user(f"I am {WHO}"), bot(f"Hello {WHO}"), topics=["book"])
    with console.engine.begin() as connection:
        event = {"sender_id": "widget-jane", "type_name": "slot", "action_name": "client_contact"}
        row = event | {"timestamp": 0.0, "data": f'{{"event": "slot", "value": "{JANE}"}}'}
        connection.execute(sa.table("events", *(sa.column(name) for name in row)).insert().values(row))
    for n in range(number):
        keep(console.engine, f"widget-{n}", user("does it hurt"), bot("Hardly."))


async def test_a_person_is_erased_by_their_number_everywhere_with_a_receipt(console, tmp_path, book):
    anna = console.hire("manager", "Anna")
    remember(console)
    book()
    with console.engine.begin() as connection:
        values = {"client_contact": JANE, "client_name": WHO, "conversation": "widget-jane"}
        connection.execute(appointments.update().values(values))
    await console.get("/conversations/widget-jane", anna)
    assert WHO.encode() in everywhere(console, tmp_path)
    found = await console.post("/privacy/find", anna, whose="07700 900123")
    assert "1 conversations" in found.text
    assert "1 bookings" in found.text
    assert (await console.post("/privacy/erase", anna, whose="07700 900123")).status == 400
    receipt = await console.post("/privacy/erase", anna, whose="07700 900123", sure="yes")
    assert "ERASED-" in receipt.text
    left = everywhere(console, tmp_path).lower()
    for words in (WHO, "zyxwvut", "quillfeath", JANE, "widget-jane"):
        assert words.lower().encode() not in left, words
    assert b"does it hurt" in left
    assert ("Anna", "viewed transcript", "(erased)") in console.trail()
    assert "ERASED-" in (await console.get("/privacy", anna)).text


async def test_one_conversation_is_erased_by_its_name(console, tmp_path):
    anna = console.hire("manager")
    remember(console)
    answer = await console.post("/privacy/erase", anna, whose="widget-jane", sure="yes")
    assert "Conversations: 1" in answer.text
    assert WHO.encode() not in everywhere(console, tmp_path)
    assert (await console.get("/conversations/widget-jane", anna)).status == 404


async def test_all_that_is_known_of_a_person_can_be_downloaded(console):
    anna = console.hire("manager", "Anna")
    remember(console)
    answer = await console.post("/privacy/download", anna, whose=JANE)
    assert WHO in answer.text
    assert "does it hurt" not in answer.text
    assert console.trail() == [("Anna", "downloaded a person's data", "conversation widget-jane")]


async def test_of_nobody_nothing_is_found(console):
    answer = await console.post("/privacy/find", console.hire("manager"), whose="nobody@example.com")
    assert "nothing to erase" in answer.text
    assert (await console.post("/privacy/find", console.hire("manager"), whose="")).status == 400


async def test_the_page_shows_the_days_of_each_channel_and_the_last_run(console, monkeypatch, monday):
    monkeypatch.setenv("RETENTION_DAYS", "300, widget:90")
    anna = console.hire("manager")
    assert "Not yet." in (await console.get("/privacy", anna)).text
    keep(console.engine, "old", user("hello"), at=monday.replace(year=2020))
    enforce(database(), monday, {"*": 300})
    text = (await console.get("/privacy", anna)).text
    assert "<td>90</td>" in text
    assert "<td>300</td>" in text
    assert "<td>1</td>" in text
