"""What becomes of e-mails when the mail server or a notifier is in trouble."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from clinic.booking.notify import mail, outbox, post
from clinic.booking.notify.mail import ServerAway
from clinic.booking.records import Client
from clinic.database import outbox as rows
from clinic.settings import clinic
from tests.booking.bookings import BY_PHONE, JANE, moved

STAFF, HER = "hello@clinic.example", JANE.contact
FRIDAY = date(2026, 11, 27)  # more than a day ahead of Monday


def statuses(engine):
    with engine.connect() as connection:
        query = sa.select(rows.c.audience, rows.c.kind, rows.c.status).order_by(rows.c.id)
        return [tuple(row) for row in connection.execute(query)]


def test_what_could_not_be_sent_while_the_server_was_down_is_sent_when_it_is_back(
    book, send, server, clock, engine
):
    book()
    server.down()
    with pytest.raises(ServerAway):
        send()
    assert {status for *_, status in statuses(engine)} == {"waiting"}
    server.up()
    send()
    clock.at += timedelta(minutes=1)
    send()
    assert (len(server.to(HER)), len(server.to(STAFF))) == (1, 1)


def test_a_server_that_never_answers_holds_nothing_up_for_ever(book, send, server, engine, monkeypatch):
    monkeypatch.setattr(mail, "TIMEOUT", 0.3)
    server.slow = 2.0
    book()
    with pytest.raises(ServerAway):
        send()
    assert ("client", "confirmed", "waiting") in statuses(engine)


def test_a_refused_recipient_is_not_tried_again_and_the_staff_is_asked_to_call(
    book, send, server, clock, engine
):
    server.answers[HER] = ["550 no such user"]
    book()
    send()
    for _ in range(3):
        clock.at += timedelta(hours=2)
        send()
    assert server.tried[HER] == 1
    assert ("client", "confirmed", "refused") in statuses(engine)
    assert sum("Please call" in subject for subject in server.subjects(STAFF)) == 1


def test_a_refused_recipient_does_not_hold_up_the_others(book, send, server):
    server.answers["gone@example.com"] = ["550 no such user"]
    book(client=Client("Gone", "gone@example.com", "gone@example.com"))
    book("13:00")
    send()
    assert len(server.to(HER)) == 1


def test_greylisting_delays_and_loses_nothing(book, send, server, clock):
    server.answers[HER] = ["451 try again later", "451 try again later"]
    book()
    send()
    assert len(server.to(STAFF)) == 1
    assert send() == 0  # not at once
    clock.at += timedelta(minutes=1)
    send()
    clock.at += timedelta(minutes=1)
    assert send() == 0  # the second pause is longer
    clock.at += timedelta(minutes=1)
    assert send() == 1
    assert server.tried[HER] == 3
    assert len(server.to(HER)) == 1


def test_a_pause_is_never_longer_than_an_hour(book, send, server, clock, engine):
    server.answers[HER] = ["452 mailbox full"] * 15
    book(day=FRIDAY)
    for _ in range(15):
        send()
        clock.at += timedelta(hours=1)
    assert server.tried[HER] == 15


def test_an_address_that_is_none_is_refused_and_told(book, send, server):
    book(client=Client("Odd", "+447700900124", "not an address"))
    send()
    send()
    assert [s for s in server.subjects(STAFF) if "Please call" in s]


def test_what_has_been_overtaken_is_not_sent(book, send, server, engine, monday, clock):
    made = book()
    server.down()
    with pytest.raises(ServerAway):
        send()
    moved(engine, made, monday, "13:00")
    server.up()
    clock.at += timedelta(minutes=1)
    send()
    assert server.subjects(HER) == ["Your appointment is now on Tuesday 24 November at 13:00"]
    assert ("client", "confirmed", "superseded") in statuses(engine)


def test_two_notifiers_at_once_send_each_e_mail_once(engine, server, monday, clock, book):
    for n in range(12):
        book("09:00", FRIDAY + timedelta(weeks=n // 2), practitioner="AB"[n % 2])
    with ThreadPoolExecutor(4) as pool:
        rounds = [
            pool.submit(post.send_due, engine, server.settings, clinic(), monday, clock) for _ in range(4)
        ]
    assert sum(done.result() for done in rounds) == 24
    ids = [message["Message-ID"] for message in server.received]
    assert (len(ids), len(set(ids))) == (24, 24)


def test_an_e_mail_whose_sender_died_is_sent_when_the_claim_is_over(
    book, send, server, clock, engine, monday
):
    book(client=BY_PHONE)
    outbox.fill(engine, clinic(), monday, clock(), staff=True, reminder=timedelta(0))
    next(outbox.due(engine, clock(), "a process that died"))
    assert send() == 0
    clock.at += outbox.LEASE
    assert send() == 1


def test_the_same_e_mail_has_the_same_identity(book, send, server, engine, clock):
    """Should a process die between sending and saying so, the mailbox knows the second for the first."""
    book(client=BY_PHONE)
    send()
    with engine.begin() as connection:
        connection.execute(rows.update().values(status="waiting"))
    send()
    first, second = server.received
    assert first["Message-ID"] == second["Message-ID"]
