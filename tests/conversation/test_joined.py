"""Which conversations are one person's: those joined by an appointment, by whoever knew it and said yes."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from clinic.booking.notify import joining
from clinic.booking.records import with_id
from clinic.conversation import erasure, joined, privacy
from clinic.conversation.export import export
from clinic.conversation.history import said_since
from clinic.conversation.retention import enforce
from clinic.conversation.tables import joined_conversations, messaged
from clinic.database import appointments
from clinic.settings import clinic
from tests.conversation.written import AT, keep, user

TELEGRAM, WHATSAPP = "telegram:42", "whatsapp:447700900123"


@pytest.fixture(autouse=True)
def chats(engine, monday):
    """Two people's chats on platforms, and one in the widget; all have said something."""
    rows = [
        {"conversation": name, "channel": name.partition(":")[0], "recipient": "1", "through": ""}
        for name in (TELEGRAM, WHATSAPP)
    ]
    with engine.begin() as connection:
        connection.execute(messaged.insert(), [row | {"last_event": 0, "heard_at": monday} for row in rows])
    for name in (TELEGRAM, WHATSAPP, "widget-1"):
        keep(engine, name, user("hello"), channel=name.partition(":")[0])


@pytest.fixture
def made(engine, book):
    """Jane's appointment, booked on Telegram."""
    return booked_in(engine, book(), TELEGRAM)


def booked_in(engine, made, conversation):
    with engine.begin() as connection:
        mine = appointments.c.id == made.id
        connection.execute(appointments.update().where(mine).values(conversation=conversation))
    return made


def answer(engine, made, conversation, agreed, at=AT):
    joining.answered(engine, with_id(engine, made.id), conversation, clinic(), at, agreed=agreed)


def told(engine, made):
    with engine.connect() as connection:
        return joined.told_of(connection, made.id)


def together(engine, *names):
    with engine.connect() as connection:
        return joined.with_joined(connection, names)


def count(engine):
    with engine.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(joined_conversations)).scalar()


def test_nothing_is_joined_without_an_answer(engine, made):
    assert told(engine, made) == TELEGRAM
    assert together(engine, TELEGRAM) == {TELEGRAM}
    assert joined.may_ask(engine, made.id, WHATSAPP)


def test_a_yes_joins_and_is_asked_for_once(engine, made):
    answer(engine, made, WHATSAPP, agreed=True)
    assert told(engine, made) == WHATSAPP
    assert not joined.may_ask(engine, made.id, WHATSAPP)
    assert together(engine, TELEGRAM) == together(engine, WHATSAPP) == {TELEGRAM, WHATSAPP}


def test_a_no_joins_nothing_and_is_remembered(engine, made):
    answer(engine, made, WHATSAPP, agreed=False)
    assert told(engine, made) == TELEGRAM
    assert not joined.may_ask(engine, made.id, WHATSAPP)
    assert together(engine, WHATSAPP) == {WHATSAPP}
    assert said_since(engine, TELEGRAM, 0)[1:] == []


def test_the_latest_yes_counts_and_the_chat_left_is_told_so_once(engine, made):
    answer(engine, made, WHATSAPP, agreed=True)
    answer(engine, made, WHATSAPP, agreed=True)
    (notice,) = said_since(engine, TELEGRAM, 0)[1:]
    assert made.reference in notice.text
    assert "If it was not you" in notice.text
    assert joined.may_ask(engine, made.id, TELEGRAM)
    answer(engine, made, TELEGRAM, agreed=True)
    assert told(engine, made) == TELEGRAM
    assert len(said_since(engine, WHATSAPP, 0)[1:]) == 1


def test_an_answer_is_about_one_appointment(engine, made, book):
    other = booked_in(engine, book("10:00"), TELEGRAM)
    answer(engine, made, WHATSAPP, agreed=True)
    assert told(engine, other) == TELEGRAM
    assert joined.may_ask(engine, other.id, WHATSAPP)


def test_nobody_is_asked_where_nothing_can_be_brought_to_them(engine, made):
    assert not joined.may_ask(engine, made.id, "widget-1")
    with engine.begin() as connection:
        connection.execute(messaged.update().values(stopped_at=AT))
    assert not joined.may_ask(engine, made.id, WHATSAPP)


def test_what_was_booked_in_the_widget_or_at_the_desk_can_be_told_in_a_chat(engine, book):
    desk, widget = book("10:00"), booked_in(engine, book("11:00"), "widget-1")
    for made in (desk, widget):
        assert joined.may_ask(engine, made.id, WHATSAPP)
        answer(engine, made, WHATSAPP, agreed=True)
        assert told(engine, made) == WHATSAPP
    assert together(engine, WHATSAPP) == {WHATSAPP, "widget-1"}
    assert len(said_since(engine, "widget-1", 0)) == 1  # nobody can be told there


def test_conversations_joined_one_after_the_other_are_one_persons(engine, made, book):
    answer(engine, made, WHATSAPP, agreed=True)
    other = booked_in(engine, book("10:00"), "widget-1")
    answer(engine, other, WHATSAPP, agreed=True)
    assert together(engine, "widget-1") == {TELEGRAM, WHATSAPP, "widget-1"}


def test_erasing_a_person_takes_what_is_joined_along_and_nothing_else(engine, made):
    keep(engine, "widget-2", user("hello"))
    answer(engine, made, WHATSAPP, agreed=True)
    answer(engine, made, "widget-2", agreed=False)
    receipt = erasure.erase(engine, [WHATSAPP], AT)
    assert receipt.counts["conversations"] == 2
    assert receipt.counts["bookings"] == 1
    assert count(engine) == 0
    assert [bool(said_since(engine, name, 0)) for name in (TELEGRAM, WHATSAPP, "widget-2")] == [0, 0, 1]


def test_a_person_is_found_by_the_bookings_e_mail_address_in_what_they_joined(engine, made):
    answer(engine, made, WHATSAPP, agreed=True)
    assert erasure.conversations_of(engine, made.email) == {TELEGRAM, WHATSAPP}


def test_an_export_holds_both_conversations_and_what_was_answered(engine, made, capsys):
    answer(engine, made, WHATSAPP, agreed=True)
    found = {one["id"]: one for one in export(engine, {TELEGRAM})["conversations"]}
    assert found.keys() == {TELEGRAM, WHATSAPP}
    (kept,) = found[WHATSAPP]["joined"]
    assert (kept["reference"], kept["agreed"]) == (made.reference, True)
    assert "joined" not in found[TELEGRAM]
    assert privacy.main(["export", WHATSAPP]) == 0
    assert len(json.loads(capsys.readouterr().out)["conversations"]) == 2


def test_a_chat_that_its_client_deletes_is_told_nothing_any_more(engine, made):
    answer(engine, made, WHATSAPP, agreed=True)
    erasure.erase_chat(engine, WHATSAPP)
    assert told(engine, made) == TELEGRAM
    assert count(engine) == 0


def test_what_was_answered_is_forgotten_with_the_client(engine, made):
    answer(engine, made, WHATSAPP, agreed=False)
    enforce(engine, made.ends_at.replace(year=made.ends_at.year + 2), {"*": 365})
    assert count(engine) == 0
