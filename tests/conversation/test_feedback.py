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
from tests.conversation.written import bot, keep


@pytest.fixture
def answer(engine):
    """The number of an answer in conversation c."""
    return keep(engine, "c", bot("Yes.", metadata={"utter_action": "utter_faq/x"}))


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


def test_many_presses_at_once_leave_one_thumb_that_is_counted(engine, monday, answer):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: rate(engine, "c", answer, n % 2 == 0, monday), range(16)))
    (helpful,) = stored(engine)
    with engine.connect() as connection:
        query = sa.select(conversations.c.thumbs_up, conversations.c.thumbs_down)
        assert tuple(connection.execute(query).one()) == (int(helpful), int(not helpful))


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
