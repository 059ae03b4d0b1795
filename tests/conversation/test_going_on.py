"""The tracker that is kept from one turn to the next is the one that the database would give."""

from __future__ import annotations

import pytest
from rasa.shared.core.events import ActiveLoop, ConversationPaused, SlotSet, UserUttered
from rasa.shared.core.trackers import EventVerbosity

from clinic.conversation import archive, going_on
from clinic.conversation.going_on import GoingOn
from clinic.conversation.tables import conversations, events
from clinic.conversation.tracker_store import LONGEST, ClinicTrackerStore
from clinic.database import database
from tests.conversation.turns import DOMAIN, keep, said, start, turn


@pytest.fixture
def store(database_url):
    return ClinicTrackerStore(DOMAIN)


def loads(monkeypatch):
    """Return the list to which each conversation that is read from the database is added."""
    read, since = [], archive._since
    monkeypatch.setattr(archive, "_since", lambda *known: [read.append(known[1]), *since(*known)][1:])
    return read


def texts(tracker):
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


def state(tracker):
    """Return what a turn begins with; the latest message may have more words than the database keeps."""
    whole = tracker.current_state(EventVerbosity.NONE)
    return {name: whole[name] for name in ("slots", "paused", "active_loop", "latest_action_name")}


async def test_a_conversation_that_goes_on_is_not_read_again(store, monkeypatch):
    read = loads(monkeypatch)
    await keep(store, "c", [*start(), *turn(0)], *(turn(number) for number in range(1, 3)))
    assert read == ["c"]  # before it began


async def test_what_is_kept_is_what_the_database_has(store, monkeypatch):
    """Over many turns and a new session, with slots and a form; it may hold some turns more."""
    read = loads(monkeypatch)
    turns = [[*start(), *turn(0)], *(turn(number) for number in range(1, 50))]
    turns[3] = turn(3, SlotSet("name", "Jane"), ActiveLoop("booking_form"))
    turns[6] = turn(6, ActiveLoop(None))
    turns[9] = [*start(), *turn(9)]
    for each in turns:
        mine = await keep(store, "c", each)
        reading = len(read)
        loaded = await ClinicTrackerStore(DOMAIN).retrieve("c")
        assert state(mine) == state(loaded)
        assert texts(mine)[-len(texts(loaded)) :] == texts(loaded)
        assert len(mine.events) <= LONGEST
        store._going_on.put("c", mine)
        del read[reading:]
    assert 2 < len(read) < 10


async def test_what_another_process_wrote_is_read(store):
    await keep(store, "c", [*start(), *turn(1)])
    await keep(ClinicTrackerStore(DOMAIN), "c", turn(2, SlotSet("name", "Jane")))
    tracker = await keep(store, "c", turn(3))
    assert tracker.get_slot("name") == "Jane"
    assert [
        e["text"] for e in tracker.current_state(EventVerbosity.ALL)["events"] if e["event"] == "user"
    ] == [
        "message 1",
        "message 2",
        "message 3",
    ]


async def test_what_another_process_wrote_during_a_turn_is_read_for_the_next(store):
    await keep(store, "c", [*start(), *turn(1)])
    slow = await store.retrieve("c")
    await keep(ClinicTrackerStore(DOMAIN), "c", [ConversationPaused()])
    slow.update_with_events(turn(2), DOMAIN)
    await store.save(slow)
    assert (await store.retrieve("c")).is_paused()


async def test_a_turn_that_was_not_saved_is_forgotten(store):
    await keep(store, "c", [*start(), *turn(1)])
    (await store.retrieve("c")).update(said("lost"))
    assert (await store.retrieve("c")).latest_message.text == "message 1"


async def test_another_models_tracker_is_read_anew(store):
    tracker = await keep(store, "c", [*start(), *turn(1)])
    store._going_on.put("c", tracker)
    assert await store.retrieve("c") is tracker
    store._going_on.put("c", tracker)
    store.domain = DOMAIN.merge(DOMAIN)
    assert await store.retrieve("c") is not tracker


async def test_an_erased_conversation_is_gone(store):
    store._going_on.put("c", await keep(store, "c", [*start(), *turn(1)]))
    with database().begin() as connection:
        connection.execute(events.delete())
        connection.execute(conversations.delete())
    assert await store.retrieve("c") is None


def test_the_one_untouched_longest_makes_way(monkeypatch):
    monkeypatch.setattr(going_on, "MOST", 2)
    kept = GoingOn()
    for name in "abac":
        kept.put(name, name.upper())
    assert [kept.take(name) for name in "abc"] == ["A", None, "C"]


def test_what_is_taken_is_kept_no_longer():
    kept = GoingOn()
    kept.put("a", "A")
    assert kept.take("a") == "A"
    assert kept.take("a") is None


def test_nothing_is_kept_for_long():
    now = [0.0]
    kept = GoingOn(lambda: now[0])
    kept.put("a", "A")
    now[0] = going_on.SECONDS + 1
    assert kept.take("a") is None
