"""The pages of a manage link over HTTP, on a real server with a real database."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
import sqlalchemy as sa

from clinic.booking import links
from clinic.booking.visits import visit
from clinic.database import appointment_changes, database
from tests.booking.bookings import TUESDAY, cancelled, moved
from tests.booking.diaries import at
from tests.channels.serving import get


def path_of(made):
    return "/appointment/" + links.manage_url(made.reference, made.ends_at).rpartition("/")[2]


async def post(pages, path, **fields):
    async with pages.post(path, data=fields, allow_redirects=True) as reply:
        return reply.status, await reply.text()


async def fields_of(pages, path, clock="", day=TUESDAY):
    """Return what the move page's form would send for the time with this clock."""
    page = (await get(pages, f"{path}/move?from={day}"))[1]
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    start = re.search(rf'value="({re.escape(at(day, clock).isoformat())} [^"]+)"', page) if clock else None
    return {"version": version} | ({"start": start[1]} if start else {})


def changes(made):
    with database().connect() as connection:
        query = sa.select(appointment_changes.c.what).where(appointment_changes.c.appointment_id == made.id)
        return [row.what for row in connection.execute(query.order_by(appointment_changes.c.sequence))]


async def test_the_page_shows_the_appointment(pages, book):
    made = book()
    status, page, _ = await get(pages, path_of(made))
    assert status == 200
    for text in ("Facial acupuncture", "Tuesday 24 November at 09:00", "Ada Moor", made.reference):
        assert text in page


async def test_moving_ends_on_the_page_with_the_new_time(pages, book):
    made = book()
    path = path_of(made)
    status, page = await post(pages, f"{path}/move", **await fields_of(pages, path, "13:00"))
    assert (status, visit(database(), made.reference).starts_at) == (200, at(TUESDAY, "13:00"))
    assert "has been moved" in page
    assert "Tuesday 24 November at 13:00" in page


async def test_pressing_twice_moves_once(pages, book):
    made = book()
    path = path_of(made)
    fields = await fields_of(pages, path, "13:00")
    for _ in range(2):
        status, page = await post(pages, f"{path}/move", **fields)
        assert status == 200
        assert "has been moved" in page
    assert changes(made) == ["confirmed", "moved"]


async def test_cancelling_asks_first_and_then_frees_the_time(pages, book):
    made = book()
    path = path_of(made)
    assert "Cancel your appointment?" in (await get(pages, f"{path}/cancel"))[1]
    assert changes(made) == ["confirmed"]
    for _ in range(2):
        status, page = await post(pages, f"{path}/cancel", version="0")
        assert (status, "has been cancelled" in page) == (200, True)
    assert changes(made) == ["confirmed", "cancelled"]
    book()  # the time can be sold again


async def test_reading_never_changes_anything(pages, book):
    """Mail programs look at links ahead of people."""
    made = book()
    for rest in ("", "/move", "/cancel", "?done=cancelled", "/move?start=x", "/cancel?version=0"):
        assert (await get(pages, path_of(made) + rest))[0] == 200
    assert changes(made) == ["confirmed"]


async def test_a_time_that_has_gone_meanwhile_is_offered_anew(pages, book):
    made = book()
    path = path_of(made)
    fields = await fields_of(pages, path, "13:00")
    book("13:00")  # with Ada: what the page showed is not turned into a time with Ben
    status, page = await post(pages, f"{path}/move", **fields)
    assert (status, "has just been taken" in page) == (409, True)
    assert visit(database(), made.reference).starts_at == at(TUESDAY, "09:00")


@pytest.mark.parametrize("own", ["Ada Moor", "Ben Holt"])
async def test_the_clients_own_practitioner_comes_first(pages, book, own):
    made = book("12:00", practitioner=own)
    path = path_of(made)
    await post(pages, f"{path}/move", **await fields_of(pages, path, "14:00"))
    assert visit(database(), made.reference).practitioner == own


async def test_where_only_another_practitioner_is_free_the_page_names_them(pages, book):
    made = book()
    path = path_of(made)
    book("14:00")
    fields = await fields_of(pages, path, "14:00")
    assert fields["start"].endswith("Ben Holt")
    assert (await post(pages, f"{path}/move", **fields))[0] == 200
    assert visit(database(), made.reference).practitioner == "Ben Holt"


async def test_a_page_that_is_out_of_date_changes_nothing_and_says_so(pages, book, engine, monday):
    made = book()
    path = path_of(made)
    fields = await fields_of(pages, path, "13:00")
    moved(engine, made, monday, "10:00", who="staff:Eve")
    status, page = await post(pages, f"{path}/move", **fields)
    assert status == 200
    assert "was changed meanwhile" in page
    assert "at 10:00" in page
    status, page = await post(pages, f"{path}/cancel", version=fields["version"])
    assert "was changed meanwhile" in page
    assert changes(made) == ["confirmed", "moved"]


@pytest.mark.parametrize(
    "start",
    [
        "",
        "now",
        "2026-11-24T03:00:00+00:00",
        "2026-11-24T13:00:00",
        "2036-11-24T13:00:00+00:00",
        "0",
        "9" * 400,
        "0001-01-01T00:00:00+00:00",
    ],
)
async def test_a_time_that_was_not_offered_is_not_taken(pages, book, start):
    made = book()
    status, page = await post(pages, f"{path_of(made)}/move", version="0", start=start)
    assert status in {400, 409}
    assert "Move your appointment" in page
    assert changes(made) == ["confirmed"]


async def test_an_appointment_that_has_begun_cannot_be_changed(pages, book, monkeypatch):
    made = book()
    path = path_of(made)
    fields = await fields_of(pages, path, "13:00")
    monkeypatch.setenv("CLINIC_NOW", at(TUESDAY, "09:00").isoformat())
    assert "/cancel" not in (await get(pages, path))[1]
    assert (await get(pages, f"{path}/cancel"))[0] == 409
    assert (await post(pages, f"{path}/move", **fields))[0] == 409
    assert (await post(pages, f"{path}/cancel", version="0"))[0] == 409
    assert changes(made) == ["confirmed"]


async def test_near_the_appointment_the_clinic_has_to_be_asked(pages, book, clinic_file):
    text = clinic_file.read_text(encoding="utf-8")
    clinic_file.write_text(
        text.replace("booking:\n", "booking:\n  cancel_until_hours: 48\n"), encoding="utf-8"
    )
    made = book()
    path = path_of(made)
    page = (await get(pages, path))[1]
    assert "too close to the appointment" in page
    assert "+44 20 7946 0018" in page
    assert (await get(pages, f"{path}/move"))[0] == 409
    assert (await post(pages, f"{path}/cancel", version="0"))[0] == 409
    assert changes(made) == ["confirmed"]


async def test_a_cancelled_appointment_says_so_and_offers_nothing_but_a_new_one(pages, book, engine, monday):
    made = cancelled(engine, book(), monday)
    status, page, _ = await get(pages, path_of(made))
    assert status == 200
    assert "is cancelled" in page
    assert "/move" not in page


async def test_wrong_and_expired_links_say_what_to_do(pages, book, monkeypatch):
    made = book()
    path = path_of(made)
    for wrong in ("/appointment/x", path[:-3] + "abc", "/appointment/calendar/x.ics"):
        status, page, _ = await get(pages, wrong)
        assert (status, "does not open an appointment" in page) == (404, True)
    monkeypatch.setenv("CLINIC_NOW", (made.ends_at + timedelta(days=8)).isoformat())
    status, page, _ = await get(pages, path)
    assert (status, "expired" in page) == (410, True)


async def test_nothing_of_a_page_is_kept_sent_on_or_run(pages, book):
    made = book()
    for path in (path_of(made), f"{path_of(made)}/move", f"{path_of(made)}/cancel", "/appointment/x"):
        _, page, headers = await get(pages, path)
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert "noindex" in headers["X-Robots-Tag"]
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
        assert "<script" not in page
        assert "style=" not in page


async def test_what_a_client_calls_themselves_stays_text(pages, book, clinic_file):
    text = clinic_file.read_text(encoding="utf-8")
    clinic_file.write_text(
        text.replace("name: Test Clinic", 'name: "<b>Test</b> & Clinic"'), encoding="utf-8"
    )
    made = book(service="<script>alert(1)</script>")
    page = (await get(pages, path_of(made)))[1]
    assert "<script" not in page
    assert "&lt;b&gt;Test" in page


async def test_all_days_can_be_reached_one_page_after_the_other(pages, book):
    made = book()
    path, seen, first = path_of(made), [], None
    while True:
        page = (await get(pages, f"{path}/move" + (f"?from={first}" if first else "")))[1]
        seen += re.findall(r'name="start" value="([^"]+)"', page)
        following = re.search(r'move\?from=(\d{4}-\d\d-\d\d)">Later', page)
        if not following:
            break
        assert following[1] != first
        first = following[1]
    seen = [start.partition(" ")[0] for start in seen]
    assert seen == sorted(set(seen))
    assert seen[-1].startswith("2027-01-2")  # sixty days ahead
    assert made.starts_at.isoformat() not in seen


async def test_a_service_that_is_no_longer_offered_is_moved_by_the_clinic(pages, book):
    status, page, _ = await get(pages, f"{path_of(book(service='Gone'))}/move")
    assert (status, "get in touch" in page) == (409, True)


async def test_when_the_database_is_away_the_page_says_that_nothing_has_changed(
    pages, book, monkeypatch, tmp_path
):
    path = path_of(book())
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}")
    for status, page in ((await get(pages, path))[:2], await post(pages, f"{path}/cancel", version="0")):
        assert (status, "Nothing has been changed" in page) == (503, True)


class _Outline(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))


async def test_pages_have_one_heading_a_title_and_labelled_choices(pages, book):
    path = path_of(book())
    for rest in ("", "/move", "/cancel"):
        outline = _Outline()
        outline.feed((await get(pages, path + rest))[1])
        tags = [tag for tag, _ in outline.tags]
        assert (tags.count("h1"), tags.count("title"), tags.count("main")) == (1, 1, 1)
        radios = [a for tag, a in outline.tags if tag == "input" and a["type"] == "radio"]
        assert tags.count("label") == len(radios)
        assert tags.count("legend") == tags.count("fieldset")
