"""The calendar, an appointment's page, and what staff change."""

from __future__ import annotations

import re
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from clinic.booking import store
from clinic.booking.notify import outbox
from clinic.booking.records import Client
from clinic.booking.visits import visit
from clinic.console.bookings import layout
from clinic.database import appointment_changes, taken_time
from clinic.settings import clinic
from tests.booking.bookings import JANE, TUESDAY, by
from tests.booking.diaries import ADA, BEN, HOUR, at, diary, slot
from tests.console.changing import change

LONDON = ZoneInfo("Europe/London")
NOON = f"{at(TUESDAY, '12:00').isoformat()}|{ADA}"


def history(console, made) -> list[tuple[str, str]]:
    query = sa.select(appointment_changes.c.who, appointment_changes.c.what)
    theirs = query.where(appointment_changes.c.appointment_id == made.id)
    return [tuple(row) for row in console.rows(theirs.order_by(appointment_changes.c.sequence))]


async def test_the_week_begins_on_monday_and_shows_who_comes_when(console, book):
    book("09:00"), book("12:30", practitioner=BEN)
    book("09:00", date(2026, 11, 30))
    text = (await console.get("/bookings", console.hire("viewer"))).text
    assert re.findall(r"<h2[^>]*><a[^>]*>(.*?)</a>", text)[::6] == ["Mon 23 Nov", "Sun 29 Nov"]
    pieces = re.findall(
        r'<li class="piece ([^"]*)".*?class="when">(.*?)<.*?class="who">(.*?)<', text, re.DOTALL
    )
    assert pieces == [
        ("visit confirmed r1 n12 c1", "09:00-10:00", ADA),
        ("visit confirmed r43 n12 c2", "12:30-13:30", BEN),
    ]
    assert "style=" not in text
    one = (
        await console.get(f"/bookings?view=day&date=2026-11-24&practitioner={BEN}", console.hire("viewer"))
    ).text
    assert re.findall(r'class="when">(.*?)<', one) == ["12:30-13:30"]


async def test_what_is_held_for_a_visitor_is_shown_until_it_is_free_again(console, monday, monkeypatch):
    wanted = slot(TUESDAY, "09:00", practitioner=BEN)
    store.hold(console.engine, wanted, "a visitor's", monday)
    viewer = console.hire("viewer")
    text = (await console.get("/bookings", viewer)).text
    (piece,) = re.findall(r'<li class="piece held.*?</li>', text, re.DOTALL)
    assert f"Held until {(monday + store.HOLD).astimezone(LONDON):%H:%M}" in piece
    assert BEN in piece
    monkeypatch.setenv("CLINIC_NOW", (monday + store.HOLD).isoformat())
    assert "piece held" not in (await console.get("/bookings", viewer)).text


def test_a_short_visit_keeps_its_room_for_the_name_and_has_all_its_words_at_hand(monday):
    half = layout.Piece("visit", ADA, at(TUESDAY, "10:00"), at(TUESDAY, "10:30"), "Jane", detail="Facial")
    whole = layout.Piece("visit", ADA, at(TUESDAY, "11:00"), at(TUESDAY, "12:00"), "John")
    (shown,) = layout.calendar(diary(), [TUESDAY], [half, whole], monday).days
    short, long = shown.taken
    assert short.classes.split()[-1] == "short"
    assert "short" not in long.classes
    assert short.whole == "10:00-10:30, Jane, Facial"


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_a_week_with_a_clock_change_has_every_hour_in_its_place(day, monday):
    days = [day - timedelta(days=6) + timedelta(days=n) for n in range(7)]
    pieces = [layout.Piece("visit", ADA, at(one, "10:00"), at(one, "11:00"), "Jane") for one in days]
    shown = layout.calendar(diary(), days, pieces, monday)
    assert [(place.row, place.rows) for one in shown.days for place in one.taken] == [(13, 12)] * 7
    assert [one.title.split()[0] for one in shown.days][::6] == ["Mon", "Sun"]
    assert all([(place.row, place.rows) for place in one.open] == [(1, 96)] for one in shown.days)


def test_what_lasts_for_days_is_shown_on_each_and_buffers_beside_an_appointment(monday):
    minutes = timedelta(minutes=10)
    piece = layout.Piece("blocked", ADA, at(TUESDAY, "16:00"), at(date(2026, 11, 26), "10:00"), "Ill")
    kept = layout.Piece(
        "visit", ADA, at(TUESDAY, "10:00"), at(TUESDAY, "11:00"), "J", before=minutes, after=minutes
    )
    days = [date(2026, 11, day) for day in (23, 24, 25, 26, 27)]
    shown = layout.calendar(diary(), days, [kept, piece], monday).days
    blocked = [[(p.row, p.rows) for p in one.taken if p.piece is piece] for one in shown]
    assert blocked == [[], [(85, 12)], [(1, 96)], [(1, 12)], []]
    assert [(p.row, p.rows) for p in shown[1].kept] == [(11, 2), (25, 2)]


async def test_appointments_are_found_by_name_reference_and_contact(console, book):
    jane = book("09:00")
    book("12:30", client=Client("John Roe", "+447700900123"), practitioner=BEN)
    viewer = console.hire("viewer")

    async def found(**asks) -> list[str]:
        query = "&".join(f"{name}={value}" for name, value in asks.items())
        text = (await console.get(f"/bookings/list?{query}", viewer)).text
        return re.findall(r"</a></td><td>(.*?)</td>", text)

    assert await found() == ["John Roe", "Jane Doe"]
    assert await found(q="jane") == await found(q=jane.reference.lower().replace("-", "")) == ["Jane Doe"]
    assert await found(q="07700900") == await found(practitioner="Ben Holt") == ["John Roe"]
    assert await found(since="2026-11-25") == await found(q="%25") == await found(status="missed") == []
    assert (await console.get("/bookings/list?since=nonsense", viewer)).status == 400
    assert ("searched bookings", "list") in [entry[1:] for entry in console.trail()]


async def test_the_list_is_read_page_by_page_without_a_gap(console, book, monkeypatch):
    monkeypatch.setattr("clinic.console.bookings.search.PAGE", 2)
    made = [book(clock) for clock in ("09:00", "10:00", "11:00", "12:00", "13:00")]
    viewer, path, seen = console.hire("viewer"), "/bookings/list", []
    while path:
        text = (await console.get(path, viewer)).text
        seen += re.findall(r'href="/bookings/(\w{3}-\d{3})"', text)
        more = re.search(r'href="(/bookings/list\?[^"]*)" rel="next"', text)
        path = more[1].replace("&amp;", "&") if more else ""
    assert seen == [one.reference for one in reversed(made)]


async def test_an_appointment_shows_its_history_and_that_it_was_looked_at_is_kept(console, book):
    made, viewer = book("09:00"), console.hire("viewer", "Vera")
    text = (await console.get(f"/bookings/{made.reference}", viewer)).text
    assert "Jane Doe" in text
    assert "visitor" in text
    assert "Change it" not in text
    assert console.trail() == [("Vera", "viewed appointment", f"appointment {made.reference}")]
    assert (await console.get("/bookings/XXX-999", viewer)).status == 404


async def test_a_requested_appointment_is_confirmed_once_and_the_client_is_told(console, book, monday):
    made, anna = book("09:00", status="requested"), console.hire("reviewer", "Anna")
    answer = await change(console, anna, made, "confirm")
    assert answer.headers["Location"] == f"/bookings/{made.reference}?done=confirmed"
    again = await console.post(f"/bookings/{made.reference}/confirm", anna, version=0)
    assert again.headers["Location"] == answer.headers["Location"]
    assert history(console, made) == [("visitor", "requested"), ("staff:Anna", "confirmed")]
    assert console.trail() == [("Anna", "confirmed appointment", f"appointment {made.reference}")]
    outbox.fill(console.engine, clinic(), monday, monday, staff=True, reminder=timedelta())
    letters = console.rows("SELECT audience, kind FROM outbox ORDER BY id")
    assert [tuple(row) for row in letters][-1] == ("client", "confirmed")


async def test_of_two_who_change_the_same_version_one_is_told(console, book):
    made = book("09:00")
    anna, ben = console.hire("reviewer", "Anna"), console.hire("reviewer", "Ben")
    assert (await console.post(f"/bookings/{made.reference}/cancel", anna, version=0)).status == 303
    answer = await console.post(f"/bookings/{made.reference}/move", ben, version=0, start=NOON)
    assert (answer.status, answer.heading) == (409, "Changed meanwhile")
    assert [what for _, what in history(console, made)] == ["confirmed", "cancelled"]


async def test_an_appointment_moves_to_a_free_time_and_back(console, book):
    made, other = book("09:00"), book("10:00", client=Client("O", "o@example.com"))
    anna = console.hire("reviewer", "Anna")
    free = (await console.get(f"/bookings/{made.reference}/move?from=2026-11-24", anna)).text
    values = re.findall(r'name="start" value="(.*?)"', free)
    assert NOON in values
    assert all(not value.startswith(at(TUESDAY, "10:00").isoformat() + f"|{ADA}") for value in values)
    gone = await change(console, anna, made, "move", start=f"{at(TUESDAY, '10:00').isoformat()}|{ADA}")
    assert (gone.status, history(console, made)) == (409, [("visitor", "confirmed")])
    assert (await change(console, anna, made, "move", start=NOON)).status == 303
    assert visit(console.engine, made.reference).starts_at == at(TUESDAY, "12:00")
    await change(console, anna, made, "undo")
    assert visit(console.engine, made.reference).starts_at == at(TUESDAY, "09:00")
    assert [what for _, what in history(console, made)] == ["confirmed", "moved", "moved"]
    assert visit(console.engine, other.reference).starts_at == at(TUESDAY, "10:00")


async def test_only_a_manager_moves_outside_of_the_hours_and_never_onto_another(console, book):
    made = book("09:00")
    book("10:00", client=Client("O", "o@example.com"))
    late = {"anyway": 1, "date": "2026-11-24", "time": "19:35", "practitioner": ADA}
    assert (await change(console, console.hire("reviewer"), made, "move", **late)).status == 403
    boss = console.hire("manager")
    assert (await change(console, boss, made, "move", **late | {"time": "10:30"})).status == 409
    assert (await change(console, boss, made, "move", **late | {"time": "nonsense"})).status == 400
    assert (await change(console, boss, made, "move", **late | {"date": "2026-11-22"})).status == 400
    assert (await change(console, boss, made, "move", **late)).status == 303
    assert visit(console.engine, made.reference).starts_at == at(TUESDAY, "19:35")


async def test_a_cancellation_frees_the_time_and_is_undone_while_the_time_is_free(console, book, monday):
    made, anna = book("09:00"), console.hire("reviewer", "Anna")
    await change(console, anna, made, "cancel")
    assert console.rows(sa.select(taken_time)) == []
    await change(console, anna, made, "undo")
    assert visit(console.engine, made.reference).status == "confirmed"
    assert len(console.rows(sa.select(taken_time))) == 12
    await change(console, anna, made, "cancel")
    store.book(console.engine, slot(TUESDAY, "09:30"), HOUR.name, JANE, by(monday))
    assert (await change(console, anna, made, "undo")).status == 409
    assert visit(console.engine, made.reference).status == "cancelled"


async def test_who_came_is_noted_once_the_time_has_come(console, book, monkeypatch):
    made, anna = book("09:00"), console.hire("reviewer", "Anna")
    assert (await change(console, anna, made, "attended")).status == 409
    monkeypatch.setenv("CLINIC_NOW", "2026-11-24T18:00:00+00:00")
    for status in ("missed", "attended"):
        assert (await change(console, anna, made, status)).status == 303
        assert visit(console.engine, made.reference).status == status


async def test_somebody_on_the_phone_gets_an_appointment_once(console):
    anna = console.hire("reviewer", "Anna")
    page = (await console.get("/bookings/new?service=Facial acupuncture&from=2026-11-24", anna)).text
    fields = {
        "key": re.search(r'name="key" value="(.*?)"', page)[1],
        "service": "Facial acupuncture",
        "start": re.search(r'name="start" value="(.*?)"', page)[1],
        "name": "Rosa Diaz",
        "phone": "07700 900123",
    }
    for wrong in ({"name": ""}, {"phone": ""}, {"phone": "abc"}, {"email": "nonsense"}, {"start": "x"}):
        assert (await console.post("/bookings/new", anna, **fields | wrong)).status == 400
    first, second = [await console.post("/bookings/new", anna, **fields) for _ in range(2)]
    assert first.headers["Location"] == second.headers["Location"]
    (made,) = console.rows("SELECT * FROM appointments")
    assert (made.client_contact, made.status) == ("+447700900123", "confirmed")
    assert [what for _, what in history(console, made)] == ["confirmed"]
    assert console.trail() == [("Anna", "booked appointment", f"appointment {made.reference}")]
    other = await console.post("/bookings/new", anna, **fields | {"key": "another-key-here"})
    assert other.status == 409


async def test_words_of_strangers_are_shown_and_never_run(console, book):
    words = "<script>alert(1)</script>"
    made = book("09:00", client=Client(words, "x@example.com"))
    viewer = console.hire("viewer")
    for path in ("/bookings", "/bookings/list", f"/bookings/{made.reference}", "/bookings/list?q=<script>"):
        text = (await console.get(path, viewer)).text
        assert words not in text, path
