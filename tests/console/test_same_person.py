"""The console shows where else a person writes, and only where they said so themselves."""

from __future__ import annotations

from clinic.conversation import joined
from clinic.database import appointments
from tests.conversation.written import AT, keep, user


async def test_a_conversation_links_to_those_that_its_client_has_joined_to_it(console, book):
    anna, made = console.hire("manager", "Anna"), book()
    for name, channel in (("widget-1", "widget"), ("telegram:4", "telegram"), ("telegram:5", "telegram")):
        keep(console.engine, name, user("hello"), channel=channel)
    with console.engine.begin() as connection:
        connection.execute(appointments.update().values(conversation="widget-1"))
        joined.keep(connection, made.id, "telegram:5", agreed=False, at=AT)
    assert "also writes on" not in (await console.get("/conversations/widget-1", anna)).text

    with console.engine.begin() as connection:
        joined.keep(connection, made.id, "telegram:4", agreed=True, at=AT)
    first = (await console.get("/conversations/widget-1", anna)).text
    assert 'also writes on <a href="/conversations/telegram%3A4">telegram</a>' in first
    assert "telegram%3A5" not in first
    second = (await console.get("/conversations/telegram%3A4", anna)).text
    assert 'also writes on <a href="/conversations/widget-1">widget</a>' in second
    found = await console.post("/privacy/find", anna, whose="telegram:4")
    assert "2 conversations" in found.text
