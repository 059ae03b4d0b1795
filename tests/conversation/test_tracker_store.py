from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import sqlalchemy as sa
from rasa.shared.core.events import ActiveLoop, BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from clinic.conversation import archive, window
from clinic.conversation.feedback import rate
from clinic.conversation.history import said_since, transcript
from clinic.conversation.offered import payloads
from clinic.conversation.tables import conversations
from clinic.conversation.tracker_store import ClinicTrackerStore
from clinic.database import database
from tests.conversation.turns import DOMAIN, answer, keep, said, start, turn

HALVES = ("a\0b", "\ud800", "\udfff\ud83d x", "\\u0000", "👩‍⚕️", "\u2028")


@pytest.fixture
def store(database_url):
    return ClinicTrackerStore(DOMAIN)


def row(sender):
    with database().connect() as connection:
        return connection.execute(sa.select(conversations).where(conversations.c.id == sender)).one()


def kept(sender):
    return [json.loads(data) for data in archive.everything(database(), sender)]


def found(words):
    query = {
        "sqlite": "SELECT conversation FROM message_index WHERE message_index MATCH :words",
        "postgresql": "SELECT conversation FROM message_index "
        "WHERE words @@ plainto_tsquery('english', :words)",
    }[database().dialect.name]
    with database().connect() as connection:
        return set(connection.execute(sa.text(query), {"words": words}).scalars())


async def test_what_was_said_is_read_oldest_first_and_only_of_that_conversation(store):
    await keep(store, "widget-1", [*start(), said(), answer()])
    await keep(store, "widget-2", [*start(), said("a secret"), answer()])
    read = said_since(database(), "widget-1", 0)
    assert [(s.sender, s.text) for s in read] == [("visitor", "does it hurt"), ("bot", "Hardly.")]
    assert read[1].buttons == [{"title": "Book", "payload": "Book"}]
    assert said_since(database(), "widget-1", read[0].id) == read[1:]
    assert "a secret" not in "".join(transcript(database(), "widget-1", "Test Clinic"))


async def test_a_new_conversation_leaves_nothing_until_something_is_said(store):
    tracker = await store.get_or_create_tracker("widget-1")
    assert list(tracker.events)
    assert await store.retrieve("widget-1") is None
    assert list(await store.keys()) == []


async def test_every_event_is_kept_once_in_order_over_many_turns(store):
    turns = [turn(number) for number in range(30)]
    await keep(store, "c", [*start(), *turns[0]], *turns[1:])
    texts = [event["text"] for event in kept("c") if event["event"] == "user"]
    assert texts == [f"message {number}" for number in range(30)]
    assert len(kept("c")) == 3 + 30 * 3
    full = await store.retrieve_full_tracker("c")
    assert len(full.events) == 93


async def test_saving_twice_adds_nothing(store):
    tracker = await keep(store, "c", [*start(), *turn(1)])
    await store.save(tracker)
    await store.save(tracker)
    assert len(kept("c")) == 6


async def test_a_tracker_made_elsewhere_adds_what_is_not_known_yet(store):
    """As `rasa interactive` and the HTTP API do it."""
    events = [*start(), *turn(1), *turn(2)]
    await store.save(DialogueStateTracker.from_events("c", events[:6], DOMAIN.slots))
    await store.save(DialogueStateTracker.from_events("c", events, DOMAIN.slots))
    assert len(kept("c")) == len(events)


async def test_only_the_last_turns_are_loaded_and_the_state_is_whole(store):
    begun = [*start(), said("book", "book"), SlotSet("name", "Jane"), ActiveLoop("booking_form")]
    await keep(store, "c", [*begun, answer()], *(turn(number) for number in range(40)))
    tracker = await ClinicTrackerStore(DOMAIN).retrieve("c")
    loaded = [event.text for event in tracker.events if isinstance(event, UserUttered)]
    assert window.TURNS <= len(loaded) <= 2 * window.TURNS
    assert loaded[-1] == "message 39"
    assert tracker.get_slot("name") == "Jane"
    assert tracker.active_loop_name == "booking_form"
    assert tracker.latest_action_name == "action_listen"
    assert len(tracker.events) < 40


async def test_a_new_session_starts_with_nothing_of_the_old_one(store):
    first = [*start(), *turn(1, SlotSet("name", "Jane"))]
    tracker = await keep(store, "c", first, turn(2), [*start(), *turn(3)], turn(4))
    assert [e.text for e in tracker.events if isinstance(e, UserUttered)] == ["message 3", "message 4"]
    assert tracker.get_slot("name") is None
    assert len(kept("c")) == 19


async def test_conversations_of_rasas_own_store_are_read_on(store, database_url):
    await keep(store, "c", [*start(), *turn(1)])
    with database().begin() as connection:
        connection.execute(conversations.delete())
        connection.execute(sa.text("DELETE FROM message_index"))
    tracker = await keep(store, "c", turn(2))
    assert [e.text for e in tracker.events if isinstance(e, UserUttered)][-1] == "message 2"


async def test_writers_of_one_conversation_at_once_lose_and_mix_nothing(store):
    """Without the lock that a server has: the database alone keeps every turn together."""
    await keep(store, "c", [*start(), *turn("0")])
    ready = threading.Barrier(8)

    def write(number):
        tracker = store._load("c")
        tracker.update_with_events(turn(number), DOMAIN)
        ready.wait()
        store._append(tracker)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(1, 9)))
    events = [e for e in kept("c") if e["event"] in {"user", "bot"}]
    assert len(events) == 18
    for asked, answered in zip(events[::2], events[1::2], strict=True):
        assert asked["text"].replace("message", "answer") == answered["text"]
    assert row("c").visitor_messages == 9
    assert row("c").turns == 9


@pytest.mark.parametrize("text", HALVES, ids=repr)
async def test_no_text_harms_the_store(store, text):
    tracker = await keep(store, "c", [*start(), said(text), answer(text)])
    assert tracker.latest_message.text
    assert len(kept("c")) == 5


@pytest.mark.parametrize("sender", ["\ud800", "a\0b", "x" * 300], ids=["half", "nul", "long"])
async def test_no_name_ends_the_process(store, sender):
    """Stock Rasa takes the ValueError for a missing schema and exits."""
    tracker = await store.create_tracker("c")
    tracker.sender_id = sender
    tracker.update_with_events(turn(1), DOMAIN)
    with suppress(ValueError, sa.exc.SQLAlchemyError):
        await store.save(tracker)
    assert await keep(store, "another", [*start(), *turn(1)])


async def test_a_failed_turn_leaves_nothing(store):
    await keep(store, "c", [*start(), *turn(1)])
    tracker = await store.retrieve("c")
    bad = UserUttered("x")
    bad.metadata = {"not": object()}
    tracker.update_with_events([*turn(2), bad], DOMAIN)
    with pytest.raises(TypeError):
        await store.save(tracker)
    assert len(kept("c")) == 6
    assert row("c").turns == 1
    assert found("message") == {"c"}


async def test_the_row_tells_what_a_list_of_conversations_shows(store):
    hello = said("hi", "greet", 0.99)
    await keep(
        store,
        "c",
        [*start(), hello, answer("Hello", "utter_greet")],
        [said("does it hurt", "faq/pain", 0.8), answer()],
        [said("acne?", "faq/acne", 0.6), answer("Yes", "utter_faq/acne")],
        [said("does it hurt", "faq/pain", 0.7), answer()],
    )
    known = row("c")
    assert (known.channel, known.visitor_messages, known.bot_messages) == ("widget", 4, 4)
    assert json.loads(known.topics) == ["faq/pain", "faq/acne"]
    assert known.lowest_confidence == pytest.approx(0.6)
    assert (known.outcome, known.booked, known.trouble_at) == ("answered", False, None)
    assert known.started_at <= known.last_at


@pytest.mark.parametrize(
    ("events", "outcome", "booked"),
    [
        ([], "opened", False),
        ([said("?", "nlu_fallback", 0.2), answer("?", "utter_not_sure")], "not_understood", False),
        ([answer("A person", "utter_handoff_done")], "handed_over", False),
        ([answer("Booked", "utter_booked"), answer("A person", "utter_handoff_done")], "booked", True),
    ],
)
async def test_the_outcome_is_the_most_that_came_of_it(store, events, outcome, booked):
    await keep(store, "c", [*start(), said("hi", "greet"), *events])
    assert (row("c").outcome, row("c").booked) == (outcome, booked)


async def test_an_apology_is_flagged_for_staff(store):
    await keep(store, "c", [*start(), said(), answer("Sorry", "utter_system_trouble")])
    assert row("c").trouble_at is not None


async def test_thumbs_are_counted_also_while_a_turn_is_saved(store, monday):
    tracker = await keep(store, "c", [*start(), *turn(1)])
    first = said_since(database(), "c", 0)[-1].id
    rate(database(), "c", first, True, monday)
    tracker.update_with_events(turn(2), DOMAIN)
    await store.save(tracker)
    rate(database(), "c", said_since(database(), "c", first)[-1].id, False, monday)
    assert (row("c").thumbs_up, row("c").thumbs_down) == (1, 1)


async def test_only_buttons_that_were_shown_are_offered(store):
    shown = BotUttered("Book?", {"buttons": [{"title": "Yes", "payload": "/affirm"}, {"title": "No"}]})
    await keep(store, "c", [*start(), said(), shown])
    await keep(store, "another", [*start(), said(), answer()])
    assert payloads(database(), "c") == {"/affirm"}
    assert payloads(database(), "another") == set()


async def test_what_was_said_is_found_by_its_words(store):
    await keep(store, "one", [*start(), said("do the needles hurt"), answer("Hardly")])
    await keep(store, "two", [*start(), said("opening hours"), answer("Monday to Friday")])
    assert found("needle") == {"one"}
    assert found("friday") == {"two"}
    assert found("microneedling") == set()


async def test_the_index_never_outlives_the_words(store):
    await keep(store, "one", [*start(), said("needles"), answer()])
    with database().begin() as connection:
        connection.execute(sa.text("DELETE FROM events WHERE sender_id = 'one'"))
    assert found("needles") == set()
