from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import icalendar
import pytest

from clinic.booking import feeds
from clinic.booking.feeds import NoSuchFeed
from clinic.settings import clinic
from clinic.settings.environment import PROJECT
from tests.booking.bookings import cancelled
from tests.booking.diaries import ADA, BEN


def secret_of(address):
    return address.rpartition("/")[2].removesuffix(".ics")


def events(engine, address, now):
    content = feeds.feed(engine, secret_of(address), clinic(), now)
    return icalendar.Calendar.from_ical(content).walk("VEVENT")


def test_a_feed_shows_its_practitioners_appointments_that_stand(book, engine, monday):
    made = book()
    book("13:00", practitioner=BEN)
    cancelled(engine, book("11:00"), monday)
    (event,) = events(engine, feeds.address(engine, ADA), monday)
    assert (event.start, event["UID"]) == (made.starts_at, made.uid)


def test_a_feed_forgets_what_was_long_ago(book, engine, monday):
    made = book()
    assert len(events(engine, feeds.address(engine, ADA), made.ends_at + timedelta(days=29))) == 1
    assert events(engine, feeds.address(engine, ADA), made.ends_at + timedelta(days=31)) == []


def test_a_feed_names_no_client_unless_the_clinic_wants_it(book, engine, monday, clinic_file):
    book()
    address = feeds.address(engine, ADA)
    assert b"Jane" not in feeds.feed(engine, secret_of(address), clinic(), monday)
    text = clinic_file.read_text(encoding="utf-8")
    clinic_file.write_text(
        text.replace("booking:\n", "booking:\n  names_in_calendars: true\n"), encoding="utf-8"
    )
    assert b"Jane Doe" in feeds.feed(engine, secret_of(address), clinic(), monday)


def test_an_address_stays_until_it_is_renewed(engine, monday):
    first = feeds.address(engine, ADA)
    assert feeds.address(engine, ADA) == first
    assert feeds.address(engine, BEN) != first
    second = feeds.renew(engine, ADA)
    assert events(engine, second, monday) == []
    with pytest.raises(NoSuchFeed):
        events(engine, first, monday)


def test_what_was_guessed_or_belongs_to_nobody_is_no_feed(engine, monday):
    for address in ("x/.ics", "x/None.ics", feeds.address(engine, "Somebody who left")):
        with pytest.raises(NoSuchFeed):
            events(engine, address, monday)


def test_the_command_prints_every_address(clinic_file):
    command = [sys.executable, "-m", "clinic.booking.feeds"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert [line.partition(": http")[0] for line in done.stdout.splitlines()] == [ADA, BEN]
    wrong = subprocess.run(
        [*command, "renew", "Nobody"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert (wrong.returncode, ADA in wrong.stderr) == (2, True)
