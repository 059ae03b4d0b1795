from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from clinic.conversation import feedback
from clinic.conversation.erasure import erase_chat
from clinic.conversation.feedback import NoSuchAnswer, rate
from clinic.conversation.history import add_event, said_since
from clinic.conversation.tables import conversations
from clinic.database import feedback as table


@pytest.fixture
def answer(engine, monday, events_table):
    """The number of an answer in conversation c."""
    event = {"event": "bot", "text": "Yes.", "timestamp": monday.timestamp(), "data": {}}
    return add_event(engine, "c", event | {"metadata": {"utter_action": "utter_faq/x"}})


@pytest.fixture
def conversation_row(engine, monday):
    counted = dict.fromkeys("visitor_messages bot_messages not_understood thumbs_up thumbs_down".split(), 0)
    marks = dict.fromkeys("last_event turns loads_after next_after next_turn".split(), 0)
    row = {"id": "c", "started_at": monday, "last_at": monday, "outcome": "answered", "booked": False}
    states = {"topics": "[]", "loads_state": "[]", "next_state": "[]"}
    with engine.begin() as connection:
        connection.execute(conversations.insert().values(**row, **counted, **marks, **states))


def thumbs(engine):
    """Return how many are up and how many are down, as the conversation's row says."""
    query = sa.select(conversations.c.thumbs_up, conversations.c.thumbs_down)
    with engine.connect() as connection:
        return tuple(connection.execute(query).one())


def stored(engine):
    with engine.connect() as connection:
        return [row.helpful for row in connection.execute(sa.select(table))]


def test_a_thumb_is_stored_once_changed_and_taken_back(engine, monday, answer):
    rate(engine, "c", answer, True, monday)
    rate(engine, "c", answer, True, monday)
    assert stored(engine) == [True]
    rate(engine, "c", answer, False, monday)
    assert stored(engine) == [False]
    assert said_since(engine, "c", 0)[0].feedback == "down"
    rate(engine, "c", answer, None, monday)
    rate(engine, "c", answer, None, monday)
    assert stored(engine) == []


def test_the_conversations_row_counts_its_thumbs(engine, monday, answer, conversation_row):
    rate(engine, "c", answer, True, monday)
    assert thumbs(engine) == (1, 0)
    rate(engine, "c", answer, False, monday)
    assert thumbs(engine) == (0, 1)
    rate(engine, "c", answer, None, monday)
    assert thumbs(engine) == (0, 0)


def test_presses_at_once_are_counted_as_they_are_stored(engine, monday, answer, conversation_row):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: rate(engine, "c", answer, n % 2 == 0, monday), range(16)))
    assert thumbs(engine) == ((1, 0) if stored(engine)[0] else (0, 1))


def test_many_presses_at_once_leave_one_thumb(engine, monday, answer):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: rate(engine, "c", answer, n % 2 == 0, monday), range(16)))
    assert len(stored(engine)) == 1


def test_only_answers_of_ones_own_conversation_can_be_rated(engine, monday, answer):
    event = {"event": "user", "text": "hi", "message_id": "m1", "timestamp": monday.timestamp()}
    question = add_event(engine, "c", event)
    for conversation, number in (("other", answer), ("c", question), ("c", answer + 100)):
        with pytest.raises(NoSuchAnswer):
            feedback.rate(engine, conversation, number, True, monday)
    assert stored(engine) == []


def test_erasing_takes_the_thumbs_along(engine, monday, answer):
    rate(engine, "c", answer, True, monday)
    erase_chat(engine, "c")
    assert stored(engine) == []
