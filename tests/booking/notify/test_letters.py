"""What is told to whom, through a real SMTP server."""

from __future__ import annotations

import re
from datetime import date, timedelta

import icalendar
import sqlalchemy as sa

from clinic.booking.links import MANAGE, opened
from clinic.booking.notify import post
from clinic.booking.records import Client
from clinic.database import outbox as rows
from clinic.settings import clinic
from tests.booking.bookings import BY_PHONE, JANE, cancelled, moved
from tests.booking.diaries import at

STAFF, HER = "hello@clinic.example", JANE.contact


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


def test_names_cannot_add_headers_or_lines(book, send, server):
    book(client=Client("Eve\r\nBcc: all@example.com", HER, HER))
    send()
    (message,) = server.to(HER)
    assert message["Bcc"] is None
    assert "Eve Bcc: all@example.com" in message["To"]


def test_no_address_is_kept_in_the_outbox(book, send, engine):
    book()
    send()
    with engine.connect() as connection:
        assert HER not in str(connection.execute(sa.select(rows)).all())


def test_an_e_mail_says_that_it_was_sent_by_a_machine(book, send, server):
    book()
    send()
    assert all(message["Auto-Submitted"] == "auto-generated" for message in server.received)
