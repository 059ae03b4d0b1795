"""Whole conversations with the real processes and the trained model, over HTTP."""

import sqlite3
import threading
import uuid

import pytest

ALL_IN_ONE = "book facial acupuncture on wednesday at 3pm, I'm Jane O'Neil, 07700 900123"


def appointments(assistant):
    with sqlite3.connect(assistant.folder / "clinic.db") as connection:
        rows = connection.execute("select reference, starts_at, client_name, status from appointments")
        return {reference: row for reference, *row in rows}


def conversation(assistant):
    """Return a function that says something and returns the texts of the replies."""
    sender = uuid.uuid4().hex
    assistant.say("hello", sender)
    return lambda text: [reply["text"] for reply in assistant.say(text, sender) if "text" in reply]


def test_every_conversation_starts_with_the_notice(assistant):
    first, *_ = assistant.talk("do the needles hurt?")
    assert "bot" in first
    assert "not for emergencies" in first


def test_two_questions_get_two_answers(assistant):
    answers = assistant.talk("hello", "does it hurt and how many sessions would I need?")
    assert len(answers) == 2
    assert "painless" in answers[0]
    assert "sessions" in answers[1]


def test_what_is_asked_beside_a_wish_is_answered_before_its_form_asks(assistant):
    answer, question = assistant.talk("hello", "please cancel my appointment. And does it hurt?")
    assert "painless" in answer
    assert "reference" in question


def test_of_two_wishes_the_second_is_kept_in_mind(assistant):
    later, question = assistant.talk(
        "hello", "I'd like to book an appointment. Also I want to talk to a person"
    )
    assert "pass a message to a person" in later
    assert "book" in question


def test_a_complaint_is_heard_beside_a_question_and_in_a_form(assistant):
    sorry, answer = assistant.talk("hello", "the last session was a rip off. does it hurt?")
    assert "sorry to hear" in sorry
    assert "painless" in answer
    sorry, question = assistant.talk("cancel my appointment", "your service is terrible, I want to complain")
    assert "sorry to hear" in sorry
    assert "reference" in question


def test_all_in_one_message_is_read_back_and_stored_after_a_yes(assistant):
    before, say = appointments(assistant), conversation(assistant)
    (read_back,) = say(ALL_IN_ONE)
    assert "Wednesday 25 November at 15:00" in read_back
    assert "Jane O'Neil" in read_back
    assert appointments(assistant) == before
    (booked,) = say("yes please")
    new = appointments(assistant).keys() - before.keys()
    assert any(reference in booked for reference in new)
    reference = next(iter(new))
    assert appointments(assistant)[reference] == ["2026-11-25 15:00:00.000000", "Jane O'Neil", "confirmed"]


def test_a_booking_step_by_step_with_a_question_and_a_correction(assistant):
    say = conversation(assistant)
    say("hi can i book")
    say("facial acupuncture")
    assert "free" in say("tuesday")[0]
    answer, question = say("does it hurt?")
    assert "painless" in answer
    assert "free" in question
    say("11:00")
    say("Sam Lee")
    assert "Tuesday 24 November at 11:00" in say("sam@example.com")[0]
    assert "Friday 27 November at 11:00" in say("actually make it friday")[0]
    assert "You're booked" in say("yes")[0]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("31 february", "isn't in the calendar"),
        ("2026-11-01", "already passed"),
        ("sunday", "closed"),
        ("1 december 2027", "further ahead"),
        ("qwertz uiop", "pick one of these times"),
    ],
)
def test_days_that_cannot_be_are_refused_in_kind_words_and_asked_again(assistant, said, expected):
    replies = assistant.talk("book a facial please", said)
    assert expected in " ".join(replies)


def test_an_emergency_in_the_middle_of_a_booking_gets_the_number_first(assistant):
    replies = assistant.talk("book a facial please", "tomorrow at 11", "my chest is tight and my arm is numb")
    assert replies[0].startswith("Call 999 now")
    (after,) = assistant.talk("book a facial please", "my chest is tight and my arm is numb", "hello")
    assert "name" not in after


def test_stop_leaves_the_form_and_keeps_nothing(assistant):
    before = appointments(assistant)
    (stopped,) = assistant.talk("book a facial please", "tomorrow at 11", "stop")
    assert "Nothing has been booked" in stopped
    assert appointments(assistant) == before


def test_a_booked_appointment_is_found_and_cancelled_after_a_yes_and_then_gone(assistant):
    say = conversation(assistant)
    say("book a consultation friday at 9:30, my name is Ada King, ada@example.com")
    reference = say("yes")[0].split("reference is ")[1][:7]
    assert "Friday 27 November at 09:30" in say("when is my appointment?")[0]
    assert "Shall I cancel it?" in say("cancel my appointment")[0]
    assert appointments(assistant)[reference][-1] == "confirmed"
    assert "cancelled" in say("yes")[0]
    assert appointments(assistant)[reference][-1] == "cancelled"


def test_somebody_elses_contact_opens_no_appointment(assistant):
    booked = assistant.talk("hi", "book a consultation friday at 12:00, i'm Eva Lind, eva@example.com", "yes")
    reference = booked[0].split("reference is ")[1][:7]
    (reply,) = assistant.talk("hi", "when is my appointment?", reference, "mallory@example.com")
    assert "can't find" in reply
    assert "Friday" not in reply


def test_two_visitors_at_once_do_not_get_one_slot(assistant):
    """Both practitioners are free at most once each, so of six visitors at most two are booked."""
    replies = []

    def visitor(number):
        wish = "book facial acupuncture on tuesday 1 december at 10:00, my name is Kim Park"
        message = f"{wish}, 07700 90020{number}"
        replies.extend(assistant.talk("hi", message, "yes please"))

    threads = [threading.Thread(target=visitor, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sqlite3.connect(assistant.folder / "clinic.db") as connection:
        sold = connection.execute(
            "select practitioner, count(*) from appointments where starts_at like '2026-12-01 10:00%' "
            "group by practitioner"
        ).fetchall()
    assert sold
    assert all(count == 1 for _, count in sold)
    assert sum("You're booked" in reply for reply in replies) == len(sold)


def test_a_message_for_a_person_is_stored(assistant):
    assistant.talk("can i talk to a human", "Noor Aziz", "07700 900321", "please ring me about my scar")
    with sqlite3.connect(assistant.folder / "clinic.db") as connection:
        rows = connection.execute("select client_name, client_contact, message from requests").fetchall()
    assert ("Noor Aziz", "+447700900321", "please ring me about my scar") in rows


def test_unsure_offers_questions_and_twice_unsure_offers_a_person(assistant):
    sender = uuid.uuid4().hex
    first = assistant.say("my mum had a session and loved it", sender)[-1]
    assert "Did you mean" in first["text"]
    assert len(first["buttons"]) == 3
    second = assistant.say("is it like at the doctor's", sender)[-1]
    assert [button["title"] for button in second["buttons"]] == ["Talk to a person"]


@pytest.mark.parametrize("text", ["can i have it, im pregnant", "im on warfarin is it ok"])
def test_pregnancy_and_medicines_never_get_a_yes(assistant, text):
    answer = assistant.talk("hi", text)[0]
    assert "practitioner" in answer
    assert not answer.lower().startswith("yes")
