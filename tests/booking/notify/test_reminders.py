"""When a client is reminded, through a real SMTP server."""

from __future__ import annotations

from datetime import date, timedelta

from tests.booking.bookings import JANE, cancelled, moved

HER = JANE.contact
FRIDAY = date(2026, 11, 27)  # more than a day ahead of Monday


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
