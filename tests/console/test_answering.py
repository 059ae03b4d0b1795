"""Taking over, speaking, handing back: the database decides, and everybody is told."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from clinic.console.conversations.reading import LATEST
from clinic.conversation import takeover
from clinic.conversation.history import said_since
from clinic.conversation.tables import conversations, events
from clinic.conversation.takeover import NotYours, TakenBy
from clinic.database import staff_typing
from tests.conversation.written import bot, keep, user

HTMX = {"HX-Request": "true", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def chat(console):
    """The name of a conversation that anna and ben look at."""
    keep(console.engine, "c", user("is there somebody"), bot("I am an assistant."))
    return "c"


def kinds(console):
    return [row.type_name for row in console.rows(sa.select(events.c.type_name).order_by(events.c.id))]


async def test_who_takes_over_answers_and_hands_back_and_the_visitor_reads_it(console, chat):
    anna = console.hire("reviewer", "Anna")
    took = await console.ask("POST", f"/conversations/{chat}/take-over", anna, HTMX)
    assert "Hand back" in took.text
    assert (
        await console.ask("POST", f"/conversations/{chat}/say", anna, HTMX, {"text": "Hello\r\nyou"})
    ).status == 204
    back = await console.ask("POST", f"/conversations/{chat}/hand-back", anna, HTMX)
    assert "The assistant answers this chat." in back.text
    assert kinds(console) == ["user", "bot", "pause", "agent", "agent", "resume", "agent"]
    said = [(s.presence, s.text, s.name) for s in said_since(console.engine, chat, 0) if s.sender == "staff"]
    assert said == [("joined", None, "Anna"), (None, "Hello\nyou", "Anna"), ("left", None, "Anna")]
    subject = "conversation c"
    done = ("took over", "answered the visitor", "handed back")
    assert console.trail() == [("Anna", action, subject) for action in done]


async def test_what_staff_say_moves_the_conversation_up_and_is_found(console, chat):
    anna = console.hire("reviewer")
    await console.post(f"/conversations/{chat}/take-over", anna)
    await console.post(f"/conversations/{chat}/say", anna, text="We have a rowanberry balm")
    assert "rowanberry" in (await console.get("/conversations?q=rowanberry&taken=1", anna)).text
    (row,) = console.rows(sa.select(conversations.c.last_at))
    assert datetime.now(UTC) - row.last_at < timedelta(minutes=1)


async def test_of_many_who_take_over_at_once_one_has_it_and_the_others_are_told_who(console, chat):
    people = [console.hire("reviewer", f"Person {n}") for n in range(6)]
    paths = f"/conversations/{chat}/take-over"
    answers = await asyncio.gather(*(console.ask("POST", paths, who, HTMX) for who in people))
    (winner,) = [who.name for who, answer in zip(people, answers, strict=True) if answer.status == 200]
    losers = [answer for answer in answers if answer.status == 409]
    assert len(losers) == 5
    assert all(f"{winner} has taken this chat over already." in answer.text for answer in losers)
    assert kinds(console).count("pause") == 1


@pytest.mark.parametrize("what", ["say", "hand-back", "typing"])
async def test_only_who_has_a_chat_speaks_in_it_or_gives_it_back(console, chat, what):
    anna, ben = console.hire("reviewer"), console.hire("owner")
    path = f"/conversations/{chat}/{what}"
    assert (await console.post(path, ben, text="x")).status == 409
    await console.post(f"/conversations/{chat}/take-over", anna)
    before = kinds(console)
    assert (await console.post(path, ben, text="x")).status == 409
    assert kinds(console) == before


async def test_a_colleague_can_take_over_what_was_handed_back(console, chat):
    anna, ben = console.hire("reviewer"), console.hire("reviewer")
    for who in (anna, ben):
        assert (await console.post(f"/conversations/{chat}/take-over", who)).status == 303
        assert (await console.post(f"/conversations/{chat}/hand-back", who)).status == 303
    assert takeover.handed_back(console.engine) == [chat]


@pytest.mark.parametrize(("text", "status"), [("", 400), (" \n", 400), ("x" * 2001, 400), ("x" * 2000, 303)])
async def test_an_answer_has_words_and_an_end(console, chat, text, status):
    anna = console.hire("reviewer")
    await console.post(f"/conversations/{chat}/take-over", anna)
    assert (await console.post(f"/conversations/{chat}/say", anna, text=text)).status == status


async def test_what_is_not_there_cannot_be_taken_over(console):
    assert (await console.post("/conversations/nobody/take-over", console.hire("reviewer"))).status == 404


async def test_typing_is_shown_and_keeps_the_chat(console, chat):
    anna = console.hire("reviewer", "Anna")
    await console.post(f"/conversations/{chat}/take-over", anna)
    assert (await console.post(f"/conversations/{chat}/typing", anna)).status == 204
    assert [row.name for row in console.rows(sa.select(staff_typing))] == ["Anna"]


def test_a_chat_that_was_left_idle_goes_back_and_one_that_was_not_stays(engine, monday):
    for name in ("left", "busy"):
        keep(engine, name, user("hi"))
        with engine.begin() as connection:
            takeover.take_over(connection, name, 1, "Anna", monday)
    later = monday + timedelta(minutes=16)
    with engine.begin() as connection:
        takeover.say(connection, "busy", 1, "One moment.", later)
    assert takeover.hand_back_idle(engine, timedelta(minutes=15), later) == ["left"]
    assert takeover.hand_back_idle(engine, timedelta(minutes=15), later) == []
    assert [s.presence for s in said_since(engine, "left", 0) if s.presence] == ["joined", "left"]
    with engine.begin() as connection:
        assert takeover.of(connection, "busy")
        with pytest.raises(NotYours):
            takeover.say(connection, "left", 1, "Hello?", later)


def test_threads_that_race_leave_one_owner(engine, monday):
    keep(engine, "c", user("hi"))

    def attempt(number):
        try:
            with engine.begin() as connection:
                takeover.take_over(connection, "c", number, f"Person {number}", monday)
        except TakenBy as taken:
            return taken.name
        return None

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(attempt, range(8)))
    winner = outcomes.index(None)
    assert {name for name in outcomes if name} == {f"Person {winner}"}


async def test_the_live_view_sends_what_is_new_and_who_answers(console, chat):
    anna, ben = console.hire("viewer"), console.hire("reviewer", "Ben")
    cookies = {"Cookie": f"clinic-staff={anna.token}"}
    async with console.client.get(f"/conversations/{chat}/live?after=0", headers=cookies) as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        assert "is there somebody" in await _event(stream, "lines")
        assert console.trail() == [(anna.name, "followed live", "conversation c")]
        assert "The assistant answers this chat." in await _event(stream, "state")
        await console.post(f"/conversations/{chat}/take-over", ben)
        assert "Ben joined" in await _event(stream, "lines")
        assert "Ben has answered this chat since" in await _event(stream, "state")
        await console.post(f"/conversations/{chat}/typing", ben)
        assert await _event(stream, "writing") == "Ben is writing"
        await console.post(f"/conversations/{chat}/say", ben, text="<Hello>")
        assert "&lt;Hello&gt;" in await _event(stream, "lines")


async def test_the_live_view_goes_on_after_the_last_event_and_ends_with_the_session(console, chat):
    anna = console.hire("viewer")
    (last,) = console.rows("select max(id) as id from events")
    headers = {"Cookie": f"clinic-staff={anna.token}", "Last-Event-ID": str(last.id)}
    async with console.client.get(f"/conversations/{chat}/live", headers=headers) as stream:
        await _event(stream, "state")
        with console.engine.begin() as connection:
            connection.execute(sa.text("DELETE FROM staff_sessions"))
            takeover.take_over(connection, chat, 1, "Ben", datetime.now(UTC))
        assert "Ben" not in (await asyncio.wait_for(stream.content.read(), 20)).decode()


async def test_what_has_piled_up_comes_at_once(console, chat):
    anna = console.hire("viewer")
    keep(console.engine, "busy", *(user(f"number {n}.") for n in range(2 * LATEST + 5)))
    cookies = {"Cookie": f"clinic-staff={anna.token}"}
    async with console.client.get("/conversations/busy/live", headers=cookies) as stream:
        parts = [await _event(stream, "lines") for _ in range(3)]
    assert sum(part.count("number ") for part in parts) == 2 * LATEST + 5


async def _event(stream, name):
    """Return the content of the next event of a name."""
    async with asyncio.timeout(20):
        found = ""
        while found != f"event: {name}":
            found = (await stream.content.readline()).decode().strip()
        return json.loads((await stream.content.readline()).decode().removeprefix("data: "))
