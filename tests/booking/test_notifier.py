"""The notifier as a process of its own, beside a real mail server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
import sqlalchemy as sa

from clinic import notifier
from clinic.database import database, migrate, outbox
from clinic.settings import clinic
from clinic.settings.environment import PROJECT
from tests.booking.bookings import JANE, booking


@pytest.fixture
def engine(clinic_file):
    """SQLite: what two processes do to one row, notify/test_difficult_servers asks of both databases."""
    migrate()
    yield database()
    database().dispose()


@pytest.fixture
def start(tmp_path, server):
    """Start a notifier; what it prints is in its log."""
    running = []

    def started(mail=True):
        log = tmp_path / f"notifier-{len(running)}.txt"
        to = {"MAIL_HOST": "127.0.0.1", "MAIL_PORT": str(server.port), "MAIL_SECURITY": "none"}
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "clinic.notifier"],
                cwd=PROJECT,
                env=os.environ | (to if mail else {}),
                stdout=output,
                stderr=output,
            )
        running.append(process)
        return process, log

    yield started
    for process in running:
        process.kill()
        process.wait()


def wait_for(text, log, seconds=30):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if text in log.read_text(encoding="utf-8"):
            return
        time.sleep(0.1)
    raise AssertionError(log.read_text(encoding="utf-8"))


def test_a_booking_is_written_about_within_seconds(engine, monday, server, start):
    start()
    booking(engine, monday)()
    server.wait_for(2)
    assert len(server.to(JANE.contact)) == 1


def test_two_notifiers_send_each_e_mail_once(engine, monday, server, start):
    book = booking(engine, monday)
    for clock in ("09:00", "10:00", "11:00", "13:00", "14:00"):
        book(clock)
    start(), start()
    server.wait_for(10)
    time.sleep(6)  # another round of both
    ids = [message["Message-ID"] for message in server.received]
    assert (len(ids), len(set(ids))) == (10, 10)


def test_killed_at_any_moment_it_loses_no_e_mail(engine, monday, server, start):
    """What was handed over and not yet noted may come again, under the same Message-ID: nothing is lost."""
    book = booking(engine, monday)
    server.slow = 0.2
    for clock in ("09:00", "10:00", "11:00", "13:00"):
        book(clock)
    for after in (1, 3):
        process, _ = start()
        server.wait_for(after)
        process.kill()
        process.wait()
        with engine.begin() as connection:  # the dead process's claim, ten minutes later
            connection.execute(outbox.update().values(claimed_until=None))
    start()
    deadline = time.monotonic() + 30
    waiting = sa.select(sa.func.count()).where(outbox.c.status == "waiting")
    while time.monotonic() < deadline:
        with engine.connect() as connection:
            if not connection.execute(waiting).scalar():
                break
        time.sleep(0.2)
    assert len({message["Message-ID"] for message in server.received}) == 8


def test_told_to_stop_it_stops_at_once_and_cleanly(engine, start):
    process, log = start()
    wait_for("E-mails: sent through", log)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0


def test_without_a_mail_server_it_says_so_once_and_keeps_running(engine, monday, server, start):
    process, log = start(mail=False)
    wait_for("E-mails: none are sent (MAIL_HOST is not set).", log)
    booking(engine, monday)()
    time.sleep(6)
    assert process.poll() is None
    assert log.read_text(encoding="utf-8").count("E-mails") == 1
    assert server.received == []


def test_trouble_is_said_once_and_so_is_its_end(engine, monday, server, start):
    server.down()
    booking(engine, monday)()
    _, log = start()
    wait_for("Trouble with the mail server", log)
    time.sleep(11)  # the next try
    server.up()
    wait_for("Back to normal: the mail server.", log)
    text = log.read_text(encoding="utf-8")
    assert text.count("Trouble with the mail server") == 1
    assert "Jane" not in text
    assert JANE.contact not in text


def test_an_error_that_nobody_expected_is_described_without_its_words():
    with pytest.raises(KeyError) as caught:
        {}["Jane Doe"]
    line = notifier._described(caught.value, "the mail server")
    assert "KeyError" in line
    assert "Jane" not in line


def test_a_clinic_without_calendars_is_told_so(engine):
    assert notifier.about_calendars(clinic()) == (
        "Calendars: none (no practitioner in clinic.yml has a calendar)."
    )
    assert notifier._has_calendars() is False
