"""The database and the action server away, stalled, slow or wrong: never silence, and nothing lost."""

from __future__ import annotations

import asyncio
import time

import pytest
import sqlalchemy as sa
from aiohttp import web
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.utils.endpoints import EndpointConfig
from sqlalchemy.engine import make_url

from clinic.conversation import archive, inbox
from clinic.conversation.tables import conversations
from clinic.conversation.tracker_store import ClinicTrackerStore
from clinic.conversation.trouble import Unavailable
from clinic.database import database, migrate
from clinic.rasa_patches.actions import close_session
from evaluation.proxy import Proxy
from tests.conftest import new_database


@pytest.fixture
def proxy(postgres, monkeypatch):
    """PostgreSQL behind a proxy; DATABASE_URL goes through it."""
    url = make_url(new_database(postgres))
    between = Proxy(url.port)
    through = url.set(port=between.port).render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", through)
    monkeypatch.setenv("DATABASE_SECONDS", "0.5")
    migrate()
    yield between
    database().dispose()
    between.close()


@pytest.fixture
async def talk(agent, monkeypatch):
    """Say something to the assistant on the database of the test, and get the replies' names."""
    monkeypatch.setattr(agent.processor, "tracker_store", ClinicTrackerStore(agent.domain))

    async def say(text, sender="c", message_id=None):
        channel = CollectingOutputChannel()
        message = UserMessage(text, channel, sender, input_channel="rest", message_id=message_id)
        await agent.processor.handle_message(message)
        return [reply["text"] for reply in channel.messages]

    yield say
    await close_session()


def row(sender="c"):
    with database().connect() as connection:
        return connection.execute(sa.select(conversations).where(conversations.c.id == sender)).one()


@pytest.mark.parametrize("mode", ["refuse", "reset", "stall"])
async def test_an_outage_is_no_amnesia(proxy, talk, mode):
    """Stock Rasa answers 200, forgets the conversation and what is said meanwhile."""
    before = await talk("hello")
    proxy.mode = mode
    start = time.monotonic()
    with pytest.raises(Unavailable):
        await talk("does it hurt?")
    assert time.monotonic() - start < 5
    proxy.mode = "pass"
    replies = await talk("does it hurt?")  # no restart
    assert before[0] not in replies  # the bot's notice is not said again: it remembers
    said = [event for event in archive.everything(database(), "c") if '"event": "user"' in event]
    assert len(said) == 2


async def test_the_event_loop_does_not_wait_for_the_database(proxy, talk):
    await talk("hello")
    proxy.mode = "stall"
    turn = asyncio.create_task(talk("does it hurt?"))
    longest = 0.0
    while not turn.done():
        start = time.monotonic()
        await asyncio.sleep(0.01)
        longest = max(longest, time.monotonic() - start)
    assert isinstance(turn.exception(), Unavailable)
    assert longest < 0.4


async def test_an_exception_in_a_component_is_said_and_flagged_and_slots_survive(
    agent, talk, database_url, monkeypatch
):
    await talk("hello")
    runner = agent.processor.graph_runner
    monkeypatch.setattr(agent.processor, "graph_runner", None)
    (reply,) = await talk("does it hurt?")
    assert "something went wrong on our side" in reply
    assert row().trouble_at is not None
    monkeypatch.setattr(agent.processor, "graph_runner", runner)
    assert "wrong on our side" not in " ".join(await talk("does it hurt?"))
    texts = [event for event in archive.everything(database(), "c") if '"event": "user"' in event]
    assert len(texts) == 3


@pytest.fixture
async def action_server(agent, monkeypatch):
    """An action server that answers as it is told."""
    how = {"seconds": 0.0, "status": 200, "body": '{"events": [], "responses": []}'}

    async def answer(_request: web.Request) -> web.Response:
        await asyncio.sleep(how["seconds"])
        return web.Response(body=how["body"], status=how["status"], content_type="application/json")

    app = web.Application()
    app.router.add_post("/webhook", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    monkeypatch.setattr(
        agent.processor, "action_endpoint", EndpointConfig(f"http://127.0.0.1:{port}/webhook")
    )
    yield how, runner
    await runner.cleanup()


WRONG = {
    "slow": {"seconds": 30},
    "failing": {"status": 500},
    "without events": {"body": '{"events": [{}]}'},
    "no json": {"body": "<html>"},
    "nothing": {"body": "null"},
    "rejecting without a name": {"status": 400, "body": "{}"},
}


@pytest.mark.parametrize("how", WRONG, ids=WRONG)
async def test_an_action_server_that_is_slow_or_wrong_is_said_within_five_seconds(
    talk, action_server, database_url, how
):
    await talk("hello")
    action_server[0].update(WRONG[how])
    start = time.monotonic()
    (reply,) = await talk("book an appointment")
    assert "something went wrong on our side" in reply
    assert "020 7946" in reply or "clinic" in reply
    assert time.monotonic() - start < 5
    assert row().trouble_at is not None


async def test_an_action_server_that_is_down_is_said(talk, action_server, database_url):
    await action_server[1].cleanup()
    (reply,) = (await talk("book an appointment"))[1:]  # after the bot's notice
    assert "something went wrong on our side" in reply


class Broken(CollectingOutputChannel):
    """A platform that is away."""

    async def send_response(self, recipient_id, message):
        raise ConnectionError


async def test_a_reply_that_cannot_be_delivered_is_kept(agent, talk, database_url):
    await agent.processor.handle_message(UserMessage("hello", Broken(), "c"))
    assert row().bot_messages


async def test_a_command_that_says_nothing_needs_no_apology(talk, database_url):
    assert "wrong on our side" not in " ".join(await talk("/restart"))


async def test_a_message_that_comes_again_is_answered_once(talk, database_url):
    assert inbox.take_in(database(), "widget", "m1", "c", "hello")
    assert not inbox.take_in(database(), "widget", "m1", "c", "hello")
    assert await talk("hello", message_id="m1")
    assert await talk("hello", message_id="m1") == []
    said = [event for event in archive.everything(database(), "c") if '"event": "user"' in event]
    assert len(said) == 1
    assert inbox.is_answered(database(), "c", "m1")


async def test_a_message_left_by_a_dead_process_is_taken_up_by_one(engine, monkeypatch):
    inbox.take_in(engine, "widget:c", "m1", "c", "hello")
    assert inbox.take_up(engine, "widget") == []  # its process may live
    monkeypatch.setattr(inbox, "ABANDONED", -inbox.ABANDONED)
    assert [m.words for m in inbox.take_up(engine, "widget")] == ["hello"]
    monkeypatch.undo()


async def test_a_message_that_waited_too_long_for_its_turn_is_answered_by_whoever_took_it_up(
    engine, monkeypatch
):
    first = inbox.take_in(engine, "widget:c", "m1", "c", "hello")
    assert first.is_fresh
    monkeypatch.setattr(inbox, "ABANDONED", -inbox.ABANDONED)
    (second,) = inbox.take_up(engine, "widget")
    monkeypatch.setattr(inbox, "FRESH", -inbox.FRESH)
    assert not first.is_fresh
    assert not inbox.keep(engine, first)
    assert inbox.keep(engine, second)


async def test_answered_words_are_not_kept_in_the_inbox(talk, database_url):
    inbox.take_in(database(), "widget", "m1", "c", "my name is Jane")
    await talk("my name is Jane", message_id="m1")
    with database().connect() as connection:
        assert connection.execute(sa.text("SELECT words FROM received_messages")).scalars().all() == [None]
