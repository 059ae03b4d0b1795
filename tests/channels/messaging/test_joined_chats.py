"""One person on two platforms: joined by an appointment, after their reference, their contact and a yes."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations, count

import pytest
import sqlalchemy as sa

from clinic.booking import store
from clinic.booking.notify.chat import tell_due
from clinic.booking.records import By, Client, with_id
from clinic.booking.visits import visit
from clinic.conversation import erasure
from clinic.conversation.tables import joined_conversations
from clinic.settings import clinic
from tests.booking.diaries import ADA, slot
from tests.channels.messaging.drivers import DRIVERS
from tests.channels.messaging.talks import Talk
from tests.conftest import MONDAY

PHONE, EMAIL = "+447700900456", "rosa.diaz@example.com"
FIRST = date(2026, 12, 9)  # a Wednesday; other tests of this folder book before it
PAIRS = list(combinations(DRIVERS, 2))
QUESTION = "shall they come here from now on?"
_numbers = count()

pytestmark = pytest.mark.usefixtures("channels_on")


@pytest.fixture
def client(running):
    """A function that lets somebody write and book on a platform; returns the talk and the appointment."""

    def book(platform, email=None, day=None):
        talk = Talk(running.drivers[platform])
        talk.says("hello")
        number = next(_numbers)
        day = day or FIRST + timedelta(days=7 * (number // 6))
        wanted = slot(day, f"{10 + number % 6}:00", 60, ADA)
        conversation = talk.driver.conversation(talk.chat)
        by = By(f"joined-{number}", MONDAY)
        who = Client("Rosa Diaz", PHONE, email)
        made = store.book(running.engine, wanted, "Facial acupuncture", who, by, conversation=conversation)
        return talk, visit(running.engine, made.reference)

    return book


def asked(talk, made, contact="07700 900456"):
    """Give reference and contact; return what is said to that."""
    talk.says("when is my appointment?")
    talk.says(made.reference)
    return " ".join(shown.text for shown in talk.says(contact))


def reminded(running, made):
    """Return how many chats are told when the appointment comes near."""
    return tell_due(running.engine, clinic(), made.starts_at - timedelta(hours=23))


def joins(running, talk):
    query = sa.select(joined_conversations.c.agreed).where(
        joined_conversations.c.conversation == talk.driver.conversation(talk.chat)
    )
    with running.engine.connect() as connection:
        return list(connection.execute(query).scalars())


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_after_a_yes_the_other_chat_is_told_and_the_first_one_learns_of_it(first, second, running, client):
    here, made = client(first)
    there = Talk(running.drivers[second])
    question = asked(there, made)
    assert QUESTION in question
    assert "Facial acupuncture on" in question
    assert joins(running, there) == []

    answer = " ".join(shown.text for shown in there.presses("Yes, send them here"))
    assert "you'll hear about this appointment here" in answer
    assert f"Your reference is {made.reference}" in answer
    assert joins(running, there) == [True]
    assert "come in another chat" in here.hears()[0].text

    assert reminded(running, made) >= 1
    assert "A reminder: your appointment is on" in there.hears()[0].text
    name = here.driver.conversation(here.chat)
    assert not any("A reminder" in (said.text or "") for said in running.said(name))


def test_after_a_no_nothing_is_joined_and_nobody_is_asked_again(running, client):
    here, made = client("telegram")
    there = Talk(running.drivers["messenger"])
    assert QUESTION in asked(there, made)
    assert "stays as it is" in there.presses("No, leave it")[0].text
    assert joins(running, there) == [False]
    there.says("thanks")
    again = " ".join(shown.text for shown in there.says("when is my appointment?"))
    assert QUESTION not in again
    assert f"Your reference is {made.reference}" in again

    assert reminded(running, made) >= 1
    assert "A reminder" in here.hears()[0].text
    assert running.drivers["messenger"].is_done(there.driver.conversation(there.chat))


@pytest.mark.parametrize(
    ("reference", "contact"), [("AAA-222", None), (None, "07700 900999"), (None, "somebody@example.com")]
)
def test_a_wrong_reference_or_contact_leads_to_no_question(reference, contact, running, client):
    _, made = client("telegram")
    there = Talk(running.drivers["whatsapp"])
    there.says("when is my appointment?")
    there.says(reference or made.reference)
    told = " ".join(shown.text for shown in there.says(contact or "07700 900456"))
    assert "can't find an appointment with those details" in told
    there.says("yes please")
    assert joins(running, there) == []


def test_a_yes_to_nothing_or_to_something_else_joins_nothing(running, client):
    _, made = client("telegram")
    there = Talk(running.drivers["whatsapp"])
    there.says("hello")
    there.says("yes please")
    assert joins(running, there) == []
    assert QUESTION in asked(there, made)
    there.says("is parking free?")
    assert joins(running, there) == []
    there.says("stop")
    there.says("yes please")
    assert joins(running, there) == []


def test_who_goes_on_instead_of_answering_is_joined_to_nothing(running, client):
    _, made = client("telegram")
    there = Talk(running.drivers["whatsapp"])
    assert QUESTION in asked(there, made)
    told = " ".join(shown.text for shown in there.says("i want to move my appointment"))
    assert "When would you like to come?" in told
    assert joins(running, there) == []


def test_a_cancelled_appointment_is_not_asked_about(running, client):
    _, made = client("telegram")
    found = visit(running.engine, made.reference)
    store.cancel(running.engine, with_id(running.engine, found.id), By(f"x{made.id}", MONDAY))
    there = Talk(running.drivers["whatsapp"])
    assert QUESTION not in asked(there, made)


def test_an_appointment_that_is_over_is_not_asked_about(running, client):
    _, made = client("telegram", day=MONDAY.date() - timedelta(days=5))
    there = Talk(running.drivers["whatsapp"])
    assert QUESTION not in asked(there, made)
    there.says("yes please")
    assert joins(running, there) == []


def test_in_the_chat_that_is_told_already_nothing_is_asked(running, client):
    here, made = client("telegram")
    assert QUESTION not in asked(here, made)


def test_an_appointment_can_be_taken_back_to_the_first_chat(running, client):
    here, made = client("telegram")
    there = Talk(running.drivers["whatsapp"])
    asked(there, made)
    there.presses("Yes, send them here")
    here.hears()
    assert QUESTION in asked(here, made)
    here.presses("Yes, send them here")
    assert "come in another chat" in there.hears()[0].text
    assert reminded(running, made) >= 1
    assert "A reminder" in here.hears()[0].text


def test_erasing_the_person_takes_both_chats_along(running, client):
    here, made = client("telegram", EMAIL)
    there = Talk(running.drivers["messenger"])
    asked(there, made, EMAIL)
    there.presses("Yes, send them here")
    here.hears()
    both = {talk.driver.conversation(talk.chat) for talk in (here, there)}
    assert both <= erasure.conversations_of(running.engine, EMAIL)
    erasure.erase(running.engine, [there.driver.conversation(there.chat)], MONDAY)
    assert [running.said(name) for name in both] == [[], []]
    assert visit(running.engine, made.reference).name == erasure.ERASED
