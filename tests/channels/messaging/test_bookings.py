"""A booking made, moved and reminded of over each channel, as people there do it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from clinic.booking import store
from clinic.booking.notify.chat import tell_due
from clinic.booking.records import By, with_id
from clinic.booking.visits import visit
from clinic.settings import clinic
from tests.channels.messaging.talks import Talk
from tests.conftest import MONDAY

# So that no two of the tests want one time.
DAYS = {
    "telegram": "monday 30 november",
    "messenger": "friday 4 december",
    "whatsapp": "monday 7 december",
    "twilio": "tuesday 8 december",
}


pytestmark = pytest.mark.usefixtures("channels_on")


@pytest.fixture
def talk(platform, running):
    return Talk(platform)


def booked(talk, when):
    """Book as far as the confirmation; return its reference."""
    assert talk.says("book a facial")[-1].buttons
    talk.says(when)
    talk.says("Rosa Diaz")
    assert "Shall I book it?" in talk.says("07700 900123")[-1].text
    told = talk.presses("Yes, book it")
    return re.search(r"reference is (\w{3}-\d{3})", " ".join(s.text for s in told))[1], told


def test_a_booking_is_made_moved_and_reminded_of(talk, running, platform):
    reference, told = booked(talk, f"{DAYS[platform.name]} at 11:00")
    words = "\n".join([s.text for s in told] + [link for s in told for _, link in s.links])
    assert "/appointment/" in words
    files = [s.file for s in told if s.file]
    assert (b"BEGIN:VCALENDAR" in files[0]) if platform.name != "twilio" else ("calendar/" in words)

    talk.says("move my appointment")
    talk.says(f"{DAYS[platform.name]} at 10:00")
    assert "has been moved" in talk.presses("Yes, move it")[0].text
    made = visit(running.engine, reference)
    assert f"{made.starts_at:%H:%M}" == "10:00"

    at = made.starts_at - timedelta(hours=23)
    assert tell_due(running.engine, clinic(), at) >= 1
    assert tell_due(running.engine, clinic(), at) == 0
    shown = talk.hears()
    assert "A reminder: your appointment is on" in shown[0].text
    cancelled = talk.presses("Cancel appointment")
    assert any("cancel" in s.text.lower() for s in cancelled)


def test_what_the_staff_changes_is_told_in_the_chat(talk, running, platform):
    reference, _ = booked(talk, f"{DAYS[platform.name]} at 15:00")
    made = visit(running.engine, reference)
    store.cancel(
        running.engine,
        with_id(running.engine, made.id),
        By("staff-cancels" + reference, MONDAY, "staff:Alex"),
    )
    tell_due(running.engine, clinic(), MONDAY)
    assert f"is cancelled: Facial acupuncture, reference {reference}" in talk.hears()[0].text
