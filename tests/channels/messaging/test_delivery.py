"""What is said reaches the person: through failures, in order, once; and the staff sees what does not."""

from __future__ import annotations

import itertools
import sqlite3
import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from clinic.conversation import erasure, presence
from clinic.conversation.export import export
from clinic.conversation.tables import deliveries, messaged
from clinic.database import feedback, requests
from tests.channels.messaging.talks import Talk
from tests.conftest import MONDAY


@pytest.fixture
def talk(platform):
    return Talk(platform)


@pytest.fixture
def conversation(platform, talk):
    return platform.conversation(talk.chat)


def notes(running, conversation):
    """What the staff is asked to do for a person."""
    with running.engine.connect() as connection:
        query = sa.select(requests.c.message).where(requests.c.conversation == conversation)
        return list(connection.execute(query).scalars())


def silent_for(running, conversation, hours):
    """Let a person's last message be some hours old."""
    with running.engine.begin() as connection:
        mine = messaged.update().where(messaged.c.conversation == conversation)
        connection.execute(mine.values(heard_at=datetime.now(UTC) - timedelta(hours=hours)))


def done(platform, conversation):
    platform.until("", lambda _shown: platform.is_done(conversation))


def test_a_platform_that_fails_gets_everything_once_and_in_order(platform, talk, running, conversation):
    faults = itertools.cycle(["500", None, "429", None, "cut", None, None])
    platform.sim.pause = 0.2
    platform.sim.fault = lambda _number: next(faults)
    for text in ("hello", "does it hurt?"):
        talk.says(text)
    said = [s.text.split("\n")[0] for s in running.said(conversation) if s.sender == "bot"]
    shown = [s.text.split("\n")[0] for s in platform.sim.read(talk.chat)]
    assert shown[1:] == said
    assert set(running.states(conversation)) <= {"sent", "delivered"}


def test_what_is_refused_for_good_is_shown_to_the_staff_once(platform, talk, running, conversation):
    talk.says("hello")
    platform.sim.fault = lambda _number: "refused"
    presence.speak(running.engine, conversation, "Are you there?", "Alex", MONDAY)
    done(platform, conversation)
    presence.speak(running.engine, conversation, "Hello?", "Alex", MONDAY)
    done(platform, conversation)
    assert running.states(conversation)[-2:] in (["failed", "failed"], ["failed", "stopped"])
    (note,) = notes(running, conversation)
    assert "Could not be delivered by" in note
    assert "Are you there?" in note
    platform.sim.fault = lambda _number: None
    assert talk.says("thanks")  # whoever writes again is answered


def test_a_person_of_the_clinic_is_heard_and_told_apart(platform, talk, running, conversation):
    talk.says("hello")
    presence.announce(running.engine, conversation, "joined", "Alex", MONDAY)
    presence.speak(running.engine, conversation, "How can I help?", "Alex", MONDAY)
    presence.announce(running.engine, conversation, "left", "Alex", MONDAY)
    done(platform, conversation)
    assert [s.text for s in talk.hears()] == [
        "Alex of Test Clinic has joined this chat.",
        "Alex: How can I help?",
        "Alex has left this chat. From here on the automatic assistant answers again.",
    ]


def test_after_24_hours_of_silence_meta_gets_nothing_and_the_staff_a_note(
    platform, talk, running, conversation
):
    talk.says("hello")
    silent_for(running, conversation, 25)
    presence.speak(running.engine, conversation, "We have found your scarf.", "Alex", MONDAY)
    done(platform, conversation)
    if platform.name in {"telegram", "twilio"}:  # SMS and Telegram know no such rule
        assert talk.hears()[0].text == "Alex: We have found your scarf."
        assert notes(running, conversation) == []
        return
    assert len(platform.sim.read(talk.chat)) == 3
    (note,) = notes(running, conversation)
    assert "24 hours" in note
    assert "We have found your scarf." in note


def test_who_wants_no_more_messages_gets_none_until_they_do(platform, talk, running, conversation):
    talk.says("hello")
    before = len(platform.sim.read(talk.chat))
    platform.sim.says(talk.chat, "STOP" if platform.name == "twilio" else "unsubscribe")
    platform.until(talk.chat, lambda _shown: platform.is_done(conversation))
    confirmed = platform.sim.read(talk.chat)[before:]
    assert [s.text[:26] for s in confirmed] == (
        [] if platform.name == "twilio" else ["You'll get no more message"]
    )
    presence.speak(running.engine, conversation, "A reminder", "Alex", MONDAY)
    done(platform, conversation)
    assert len(platform.sim.read(talk.chat)) == before + len(confirmed)
    assert running.states(conversation)[-1] == "stopped"
    platform.sim.says(talk.chat, "START")
    platform.until(talk.chat, lambda shown: len(shown) > before + len(confirmed))


def test_a_reply_by_its_button_says_what_the_button_says(platform, talk, running, conversation):
    talk.says("hello")
    talk.presses("Book an appointment")
    assert [s.text for s in running.said(conversation) if s.sender == "visitor"][-1] == "Book an appointment"


def test_erasing_and_exporting_a_person_reach_what_was_delivered(platform, talk, running, conversation):
    talk.says("hello")
    kept = export(running.engine, [conversation])["conversations"][0]
    assert kept["reached"][0]["recipient"] == talk.chat
    assert len(kept["deliveries"]) == 3
    erasure.erase(running.engine, [conversation], datetime.now(UTC))
    with running.engine.connect() as connection:
        for table in (messaged, deliveries):
            left = sa.select(table).where(table.c.conversation == conversation)
            assert connection.execute(left).first() is None
    assert talk.says("hello")[0].text.startswith("Test Clinic: how we treat")  # a stranger again


def test_what_was_taken_while_the_database_was_away_is_not_sent_again(running):
    platform = running.drivers["telegram"]
    talk, database = Talk(platform), str(running.assistant.folder / "clinic.db")
    talk.says("hello")

    def lock(_number):
        """Take the database away, for longer than the assistant waits, once a message is on its way."""
        platform.sim.fault = lambda _number: None
        locked = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
        locked.execute("BEGIN IMMEDIATE")
        threading.Timer(3, locked.close).start()

    platform.sim.fault = lock
    presence.speak(running.engine, platform.conversation(talk.chat), "Just once", "Alex", MONDAY)
    assert [shown.text for shown in talk.hears()] == ["Alex: Just once"]
    assert len(platform.sim.read(talk.chat)) == 4


def test_receipts_are_stored_and_only_ever_rise(running):
    platform = running.drivers["whatsapp"]
    talk = Talk(platform)
    shown = talk.says("hello")[-1]
    conversation = platform.conversation(talk.chat)
    for state in ("read", "delivered", "sent"):
        platform.sim.do(platform.sim.status(shown, state))
    assert running.states(conversation)[-1] == "read"


def test_a_failure_that_a_receipt_tells_of_is_shown_to_the_staff(running):
    platform = running.drivers["twilio"]
    platform.sim.receipts = False
    talk = Talk(platform)
    shown = talk.says("hello")[-1]
    platform.sim.do(platform.sim.status(shown, "undelivered", 30003))
    platform.sim.receipts = True
    conversation = platform.conversation(talk.chat)
    assert running.states(conversation)[-1] == "failed"
    assert "error 30003" in notes(running, conversation)[0]


def test_all_that_was_shown_before_somebody_read_is_read(running):
    platform = running.drivers["messenger"]
    talk = Talk(platform)
    talk.says("hello")
    at = int(datetime.now(UTC).timestamp() * 1000)
    content = {
        "object": "page",
        "entry": [{"messaging": [platform.sim.event(talk.chat, read={"watermark": at})]}],
    }
    assert platform.post(content) == 200
    assert set(running.states(platform.conversation(talk.chat))) == {"read"}


@pytest.mark.parametrize(("emoji", "helpful"), [("👍", True), ("👎", False)])
def test_a_thumb_under_an_answer_is_kept(running, emoji, helpful):
    platform = running.drivers["telegram"]
    talk = Talk(platform)
    shown = talk.says("does it hurt?")[-1]
    chat = {"id": int(talk.chat), "type": "private"}
    reaction = {
        "chat": chat,
        "message_id": int(shown.id),
        "new_reaction": [{"type": "emoji", "emoji": emoji}],
    }
    assert platform.post(platform.update("message_reaction", reaction)) == 200
    query = sa.select(feedback.c.helpful).where(feedback.c.conversation == platform.conversation(talk.chat))
    with running.engine.connect() as connection:
        assert connection.execute(query).scalar() is helpful


def test_who_blocks_the_bot_gets_nothing_until_they_write_again(running):
    platform = running.drivers["telegram"]
    talk = Talk(platform)
    talk.says("hello")
    conversation = platform.conversation(talk.chat)
    chat = {"id": int(talk.chat), "type": "private"}
    platform.post(platform.update("my_chat_member", {"chat": chat, "new_chat_member": {"status": "kicked"}}))
    presence.speak(running.engine, conversation, "Hello?", "Alex", MONDAY)
    done(platform, conversation)
    assert running.states(conversation)[-1] == "stopped"
    assert talk.says("thanks")
