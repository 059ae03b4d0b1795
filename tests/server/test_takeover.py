"""A person takes a chat over from the running assistant, and hands it back."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from clinic.conversation import takeover
from clinic.conversation.tables import events, takeovers
from clinic.database import _engine

BOOK, BEN = "book facial acupuncture on wednesday", 7


@pytest.fixture
def engine(assistant):
    return _engine(f"sqlite:///{assistant.folder / 'clinic.db'}")


def take_over(engine, name):
    with engine.begin() as connection:
        takeover.take_over(connection, name, BEN, "Ben", datetime.now(UTC))


def hand_back(engine, name):
    with engine.begin() as connection:
        takeover.hand_back(connection, name, BEN, datetime.now(UTC))


def said(engine, name, kind="bot"):
    """Return the words of a conversation's events of a kind, oldest first."""
    query = sa.select(events.c.data).where(events.c.sender_id == name, events.c.type_name == kind)
    with engine.connect() as connection:
        return [
            json.loads(data)["text"] for data in connection.execute(query.order_by(events.c.id)).scalars()
        ]


def until_resumed(engine, name, before):
    """Wait until the assistant has said something more, and return it."""
    for _ in range(150):
        more = said(engine, name)[before:]
        if more and name not in takeover.handed_back(engine):
            return more
        time.sleep(0.1)
    raise AssertionError("the assistant did not go on")


def test_a_hundred_messages_at_once_are_kept_and_none_is_answered_by_the_bot(assistant, engine):
    name = "taken-100"
    assistant.say("hello", name)
    before = said(engine, name)
    take_over(engine, name)
    texts = [f"question {n}: does it hurt?" for n in range(100)]
    with ThreadPoolExecutor(20) as pool:
        replies = list(pool.map(lambda text: assistant.say(text, name), texts))
    assert [reply for reply in replies if reply] == []
    assert said(engine, name) == before
    assert sorted(said(engine, name, "user")[1:]) == sorted(texts)


def test_no_word_comes_after_a_takeover_that_lands_while_the_bot_thinks(assistant, engine):
    for number in range(8):
        name = f"race-{number}"
        assistant.say("hello", name)
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(assistant.say, "does it hurt?", name)
            time.sleep(number * 0.02)
            take_over(engine, name)
            replies = answer.result()
        query = sa.select(events.c.type_name).where(events.c.sender_id == name).order_by(events.c.id)
        with engine.connect() as connection:
            kinds = list(connection.execute(query).scalars())
        after = kinds[kinds.index("pause") :]
        assert "bot" not in after
        assert kinds.count("user") == 2
        assert ("user" in after) == (not replies)


def test_a_booking_goes_on_where_it_stopped_and_says_so(assistant, engine):
    name = "booking-1"
    assistant.say("hello", name)
    (offer,) = [reply["text"] for reply in assistant.say(BOOK, name)]
    take_over(engine, name)
    assert assistant.say("at 11:00, I am Sam Lee, 07700 900123", name) == []
    before = len(said(engine, name))
    hand_back(engine, name)
    back, question = until_resumed(engine, name, before)
    assert "Let's go on with your booking where we stopped." in back
    assert question == offer  # what was said to the person meanwhile did not fill the form
    (read_back,) = [reply["text"] for reply in assistant.say("at 11:00, I am Sam Lee, 07700 900123", name)]
    assert "Wednesday 25 November at 11:00" in read_back
    assert "You're booked" in assistant.say("yes please", name)[0]["text"]


def test_without_a_form_the_assistant_says_that_it_is_back_and_answers_again(assistant, engine):
    name = "plain-1"
    assistant.say("hello", name)
    take_over(engine, name)
    assistant.say("does it hurt?", name)
    before = len(said(engine, name))
    hand_back(engine, name)
    (back,) = until_resumed(engine, name, before)
    assert "assistant again" in back
    assert "painless" in assistant.say("does it hurt?", name)[0]["text"]


def test_a_chat_that_was_left_idle_is_handed_back_by_itself(assistant, engine):
    name = "idle-1"
    assistant.say("hello", name)
    take_over(engine, name)
    before = len(said(engine, name))
    long_ago = datetime.now(UTC) - timedelta(minutes=16)
    with engine.begin() as connection:
        connection.execute(
            takeovers.update().where(takeovers.c.conversation == name).values(active_at=long_ago)
        )
    assert "assistant again" in until_resumed(engine, name, before)[0]
