"""Which messages the review queue holds, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from clinic.conversation import presence
from clinic.conversation.erasure import erase
from clinic.conversation.feedback import rate
from clinic.learning import queue
from clinic.learning.tables import review_progress, reviews
from tests.learning.said import Chat


def catch_up(engine) -> int:
    with engine.begin() as connection:
        return queue.catch_up(connection, datetime.now(UTC))


def found(engine, *columns) -> list[tuple]:
    columns = [reviews.c[name] for name in columns or ("text", "reasons")]
    with engine.connect() as connection:
        query = sa.select(*columns).order_by(reviews.c.weight.desc(), reviews.c.id)
        return [tuple(row) for row in connection.execute(query)]


def test_each_sign_of_trouble_brings_a_message_into_the_queue(engine, monday):
    chat = Chat(engine, "a")
    chat.say("all is well")
    chat.replies("utter_faq/pain")
    chat.asks_back("what about zorbing")
    chat.say("hair removal?", "out_of_scope", 0.9)
    chat.say("kind of sore?", "faq/pain", 0.65)
    chat.say("and then it broke")
    chat.replies("utter_system_trouble")
    disliked = chat.say("is it dear") and chat.replies("utter_faq/price")
    rate(engine, "a", disliked, False, monday)
    chat.say("I want a person")
    presence.announce(engine, "a", "joined", "Anna", monday)
    catch_up(engine)
    assert found(engine) == [
        ("is it dear", "thumbs down"),
        ("what about zorbing", "asked back"),
        ("and then it broke", "apology"),
        ("I want a person", "taken over"),
        ("kind of sore?", "not sure"),
        ("hair removal?", "off topic"),
    ]


def test_the_likeliest_topic_and_the_next_are_kept_even_where_the_assistant_asked_back(engine):
    Chat(engine, "a").asks_back("ouchy?", "faq/pain", 0.4)
    Chat(engine, "b").say("cut it out", "stop", 0.6, faq__pain=0.3)
    catch_up(engine)
    assert found(engine, "topic", "confidence", "runner_up") == [
        ("faq/pain", 0.4, "faq/price"),
        ("stop", 0.6, "faq/pain"),
    ]


def test_looking_again_finds_nothing_new_and_what_comes_later_is_added(engine):
    chat = Chat(engine, "a")
    chat.asks_back("one")
    catch_up(engine)
    catch_up(engine)
    assert catch_up(engine) == 0
    chat.asks_back("two")
    assert catch_up(engine) == 2
    assert found(engine, "text") == [("one",), ("two",)]


def test_a_number_that_becomes_visible_late_is_not_missed(engine):
    """A transaction that took its numbers first may end last: the newest minute is looked at again."""
    Chat(engine, "a", before=timedelta()).asks_back("just now")
    catch_up(engine)
    with engine.connect() as connection:
        assert connection.execute(sa.select(review_progress.c.events_until)).scalar() == 0
    assert catch_up(engine) == 2
    assert found(engine, "text") == [("just now",)]


def test_a_later_thumb_adds_its_reason_to_a_message_that_is_there(engine, monday):
    chat = Chat(engine, "a")
    chat.say("sore?", "faq/pain", 0.65)
    answer = chat.replies("utter_faq/pain")
    catch_up(engine)
    rate(engine, "a", answer, False, monday)
    catch_up(engine)
    assert found(engine, "reasons", "weight") == [("thumbs down, not sure", 70)]


def test_what_answers_a_form_is_left_alone_and_so_are_buttons(engine):
    chat = Chat(engine, "a")
    chat.add("active_loop", name="booking_form")
    chat.asks_back("Jane Doe, 07700 900123")
    chat.add("active_loop", name=None)
    chat.asks_back("/faq{}")
    chat.asks_back("what about parking")
    catch_up(engine)
    assert found(engine, "text") == [("what about parking",)]


def test_an_erased_conversation_leaves_nothing_in_the_queue(engine, monday):
    Chat(engine, "a").asks_back("a secret question")
    Chat(engine, "b").asks_back("another")
    catch_up(engine)
    erase(engine, ["a"], monday)
    assert found(engine, "text") == [("another",)]
