"""E-mails from the outbox, through a real SMTP server."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
import sqlalchemy as sa

from clinic.booking.links import MANAGE, opened
from clinic.booking.notify import mail, outbox, post
from clinic.booking.notify.mail import ServerAway
from clinic.booking.records import Client
from clinic.database import outbox as rows
from clinic.settings import clinic
from tests.booking.bookings import BY_PHONE, JANE, booking, cancelled, moved
from tests.booking.diaries import at
from tests.mailserver import MailServer

STAFF, HER = "hello@clinic.example", JANE.contact
FRIDAY = date(2026, 11, 27)  # more than a day ahead of Monday


@pytest.fixture
def server():
    running = MailServer().up()
    yield running
    running.down()


@pytest.fixture
def book(engine, monday):
    return booking(engine, monday)


class Clock:
    """A real clock that the test turns."""

    def __init__(self):
        self.at = datetime(2026, 11, 20, tzinfo=UTC)

    def __call__(self):
        return self.at


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def send(engine, server, monday, clock):
    """Run one round of the notifier."""
    return lambda now=monday: post.send_due(engine, server.settings, clinic(), now, clock)


def statuses(engine):
    with engine.connect() as connection:
        query = sa.select(rows.c.audience, rows.c.kind, rows.c.status).order_by(rows.c.id)
        return [tuple(row) for row in connection.execute(query)]


def body(message):
    return message.get_body().get_content()


def test_a_booking_is_confirmed_to_the_client_and_told_to_the_staff(book, send, server):
    made = book()
    assert send() == 2
    (confirmation,), (notice,) = server.to(HER), server.to(STAFF)
    assert confirmation["Subject"] == "Your appointment on Tuesday 24 November at 09:00"
    assert made.reference in body(confirmation)
    assert "Jane Doe" in body(notice)
    assert "booked" in notice["Subject"]


def test_the_manage_link_of_an_e_mail_opens_the_appointment(book, send, server):
    made = book()
    send()
    link = re.search(r"http://127\.0\.0\.1:5005/appointment/(\S+)", body(server.to(HER)[0]))
    assert opened(link[1], MANAGE) == made.reference


def test_the_attached_calendar_file_enters_changes_and_removes_the_appointment(
    book, send, server, engine, monday
):
    made = book()
    send()
    made = moved(engine, made, monday, "13:00")
    send()
    cancelled(engine, made, monday)
    send()
    found = []
    for message in server.to(HER):
        (file,) = message.iter_attachments()
        calendar = icalendar.Calendar.from_ical(file.get_content())
        (event,) = calendar.walk("VEVENT")
        assert file.get_content_type() == "text/calendar"
        found.append(
            (str(calendar["METHOD"]), file["Content-Type"].params["method"], event["SEQUENCE"], event.start)
        )
    nine, one = at(date(2026, 11, 24), "09:00"), at(date(2026, 11, 24), "13:00")
    assert found == [
        ("REQUEST", "REQUEST", 0, nine),
        ("REQUEST", "REQUEST", 1, one),
        ("CANCEL", "CANCEL", 2, one),
    ]


def test_nothing_is_sent_twice_for_one_event(book, send, server):
    book()
    assert [send() for _ in range(3)] == [2, 0, 0]


def test_a_request_is_no_confirmation(book, send, server):
    book(status="requested")
    send()
    assert "not confirmed yet" in body(server.to(HER)[0])
    assert not list(server.to(HER)[0].iter_attachments())
    assert "you have still to confirm" in body(server.to(STAFF)[0])


def test_without_an_address_only_the_staff_is_told(book, send, server):
    book(client=BY_PHONE)
    assert send() == 1
    assert "+44 7700 900123" in body(server.to(STAFF)[0])
    assert "no e-mail address" in body(server.to(STAFF)[0])


def test_what_the_staff_did_the_staff_is_not_told(book, send, server):
    book(who="staff:Eve")
    send()
    assert (len(server.to(HER)), len(server.to(STAFF))) == (1, 0)


def test_a_clinic_without_an_address_of_its_own_tells_no_staff(
    book, server, engine, monday, clinic_file, clock
):
    text = clinic_file.read_text(encoding="utf-8")
    clinic_file.write_text(text.replace("  email: hello@clinic.example\n", ""), encoding="utf-8")
    book()
    assert post.send_due(engine, server.settings, clinic(), monday, clock) == 1


def test_old_changes_and_past_appointments_are_no_news(book, send, server, monday):
    """Switching e-mail on later writes to nobody about what was long ago."""
    book(at=monday - timedelta(days=3))
    book("13:00")
    assert send(at(date(2026, 11, 24), "13:00")) == 0


# --- reminders


def test_a_reminder_comes_a_day_before_once(book, send, server, monday):
    made = book(day=FRIDAY)
    send()
    assert send(made.starts_at - timedelta(hours=24, seconds=1)) == 0
    assert [send(made.starts_at - timedelta(hours=24)) for _ in range(2)] == [1, 0]
    assert server.subjects(HER)[-1] == "A reminder: your appointment on Friday 27 November at 09:00"


def test_a_reminder_that_a_restart_delayed_still_comes(book, send, server, monday):
    made = book(day=FRIDAY)
    send()
    assert send(made.starts_at - timedelta(hours=1)) == 1
    assert send(made.starts_at) == 0


def test_whoever_books_for_tomorrow_is_not_reminded_at_once(book, send, server):
    soon, just_a_day = book(), book("10:00")  # on Tuesday; it is Monday at ten
    send()
    for made in (soon, just_a_day):
        assert send(made.starts_at - timedelta(hours=2)) == 0


def test_a_moved_appointment_is_reminded_of_at_its_new_time_only(book, send, server, engine, monday):
    made = book(day=FRIDAY)
    send()
    late = made.starts_at - timedelta(hours=20)
    assert send(late) == 1  # the reminder of the first time
    again = moved(engine, made, late, "09:00", date(2026, 12, 4))
    send(late)
    assert send(again.starts_at - timedelta(hours=24)) == 1
    assert server.subjects(HER)[-1].endswith("4 December at 09:00")


def test_a_cancelled_appointment_is_not_reminded_of(book, send, server, engine, monday):
    made = book(day=FRIDAY)
    send()
    cancelled(engine, made, monday)
    send()
    assert send(made.starts_at - timedelta(hours=24)) == 0


def test_a_clinic_may_remind_never(book, send, server, clinic_file):
    text = clinic_file.read_text(encoding="utf-8")
    clinic_file.write_text(text.replace("booking:\n", "booking:\n  reminder_hours: 0\n"), encoding="utf-8")
    made = book(day=FRIDAY)
    send()
    assert send(made.starts_at - timedelta(hours=1)) == 0


# --- a difficult mail server


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


def test_names_cannot_add_headers_or_lines(book, send, server):
    book(client=Client("Eve\r\nBcc: all@example.com", HER, HER))
    send()
    (message,) = server.to(HER)
    assert message["Bcc"] is None
    assert "Eve Bcc: all@example.com" in message["To"]


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
    outbox.fill(engine, monday, clock(), staff=True, reminder=timedelta(0))
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


def test_no_address_is_kept_in_the_outbox(book, send, engine):
    book()
    send()
    with engine.connect() as connection:
        assert HER not in str(connection.execute(sa.select(rows)).all())


def test_an_e_mail_says_that_it_was_sent_by_a_machine(book, send, server):
    book()
    send()
    assert all(message["Auto-Submitted"] == "auto-generated" for message in server.received)
