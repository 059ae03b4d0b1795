"""Calendar files and feeds over HTTP, on a real server with a real database."""

from __future__ import annotations

import icalendar

from clinic.booking import feeds, links
from tests.booking.bookings import JANE, TUESDAY, cancelled, moved
from tests.booking.diaries import at
from tests.channels.serving import get


async def test_the_calendar_file_holds_the_appointment_as_it_stands(pages, book, engine, monday):
    made = moved(engine, book(), monday, "13:00")
    address = links.calendar_url(made.reference, made.ends_at)
    status, text, headers = await get(pages, address[address.index("/appointment") :])
    (event,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
    assert (status, headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert (event.start, event["SEQUENCE"]) == (at(TUESDAY, "13:00"), 1)
    assert JANE.contact not in text
    cancelled(engine, made, monday)
    assert "METHOD:CANCEL" in (await get(pages, address[address.index("/appointment") :]))[1]


async def test_a_feed_is_read_at_its_secret_address_and_at_no_other(pages, book, engine):
    book()
    address = feeds.address(engine, "Ada Moor")
    status, text, headers = await get(pages, address[address.index("/appointment") :])
    assert (status, headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert text.count("BEGIN:VEVENT") == 1
    assert (await get(pages, "/appointment/feed/guess.ics"))[0] == 404
