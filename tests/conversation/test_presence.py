from __future__ import annotations

import pytest
from rasa.shared.core.events import AgentUttered, Event

from clinic.conversation import history, presence
from clinic.conversation.history import said_since


def test_comings_goings_and_words_are_read_in_their_order(engine, monday, events_table):
    presence.announce(engine, "c", "waiting", None, monday)
    presence.announce(engine, "c", "joined", "Anna", monday)
    presence.speak(engine, "c", "Hello.", "Anna", monday)
    presence.announce(engine, "c", "left", "Anna", monday)
    presence.announce(engine, "other", "joined", "Ben", monday)
    said = said_since(engine, "c", 0)
    assert [one.presence for one in said] == ["waiting", "joined", None, "left"]
    assert [one.sender for one in said] == ["staff"] * 4
    assert (said[2].text, said[2].name) == ("Hello.", "Anna")


def test_an_unknown_state_is_refused(engine, monday, events_table):
    with pytest.raises(ValueError, match="waiting, joined, left"):
        presence.announce(engine, "c", "asleep", "Anna", monday)


def test_rasa_reads_what_is_written_as_its_own_event(engine, monday, events_table):
    presence.speak(engine, "c", "Hello.", "Anna", monday)
    row = said_since(engine, "c", 0)[0]
    event = Event.from_parameters(
        {"event": "agent", "text": row.text, "data": {}, "timestamp": monday.timestamp(), "metadata": {}}
    )
    assert isinstance(event, AgentUttered)


def test_typing_is_shown_until_it_stops_or_words_come(engine, monday, events_table):
    assert presence.who_is_typing(engine, "c") is None
    presence.typing(engine, "c", "Anna")
    presence.typing(engine, "c", "Anna")
    assert presence.who_is_typing(engine, "c") == "Anna"
    presence.speak(engine, "c", "Hello.", "Anna", monday)
    assert presence.who_is_typing(engine, "c") is None


def test_typing_that_nobody_renews_ends_by_itself(engine, monday, events_table, monkeypatch):
    monkeypatch.setattr(presence, "TYPING", -presence.TYPING)
    presence.typing(engine, "c", "Anna")
    assert presence.who_is_typing(engine, "c") is None


def test_nobody_apologises_for_a_bot_that_is_silent_while_a_person_is_there(engine, monday, events_table):
    event = {"event": "user", "text": "hi", "message_id": "m1", "timestamp": monday.timestamp()}
    history.add_event(engine, "c", event)
    assert history.is_unanswered(engine, "c")
    presence.announce(engine, "c", "joined", "Anna", monday)
    assert not history.is_unanswered(engine, "c")
    presence.announce(engine, "c", "left", "Anna", monday)
    assert history.is_unanswered(engine, "c")
