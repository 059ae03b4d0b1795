"""Time that the staff keep free of appointments."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from clinic.booking import store, taken
from clinic.database import blocked_times, taken_time
from tests.booking.bookings import JANE, TUESDAY, by
from tests.booking.diaries import ADA, BEN, HOUR, at, slot
from tests.console.changing import change

LONDON = ZoneInfo("Europe/London")
BLOCK = {"key": "key-of-the-form", "practitioner": ADA, "date": "2026-11-24", "time": "09:00"}
BLOCK |= {"until": "2026-11-24", "until_time": "12:00", "reason": "ill"}


async def test_blocked_time_is_not_offered_until_it_is_freed(console, monday):
    boss = console.hire("manager", "Cora")

    async def offered() -> list[str]:
        path = f"/bookings/new?service=Facial acupuncture&from=2026-11-24&practitioner={ADA}"
        return re.findall(r'value="2026-11-24T(..:..)', (await console.get(path, boss)).text)

    assert (await offered())[0] == "09:00"
    assert (await console.post("/bookings/blocked", console.hire("reviewer"), **BLOCK)).status == 403
    for _ in range(2):  # pressing twice blocks once
        answer = await console.post("/bookings/blocked", boss, **BLOCK)
        assert answer.headers["Location"] == "/bookings/blocked?done=blocked"
    assert (await offered())[0] == "12:00"
    assert "Blocked: ill" in (await console.get("/bookings", boss)).text
    with pytest.raises(store.SlotTaken):
        store.book(console.engine, slot(TUESDAY, "11:30"), HOUR.name, JANE, by(monday))
    store.book(console.engine, slot(TUESDAY, "11:30", practitioner=BEN), HOUR.name, JANE, by(monday))
    await console.post("/bookings/blocked/key-of-the-form/free", boss)
    assert (await offered())[0] == "09:00"
    assert [entry[1] for entry in console.trail() if "blocked" in entry[1]] == [
        "blocked time",
        "freed blocked time",
    ]


async def test_appointments_in_the_way_are_named_and_blocked_around(console, book, monday):
    boss, made = console.hire("manager"), book("10:00")
    answer = await console.post("/bookings/blocked", boss, **BLOCK)
    assert "Not blocked" in answer.text
    assert made.reference in answer.text
    assert console.rows(sa.select(blocked_times)) == []
    assert (await console.post("/bookings/blocked", boss, **BLOCK, around=1)).status == 303
    assert len(console.rows(sa.select(taken_time))) == 36
    await change(console, boss, made, "cancel")
    day = taken.busy(console.engine, at(TUESDAY, "00:00"), at(TUESDAY, "23:00"), now=monday)
    assert (at(TUESDAY, "09:00"), at(TUESDAY, "12:00")) in day[
        f"practitioner:{ADA}"
    ]  # what was sold is blocked


async def test_the_whole_clinic_is_blocked_and_what_a_visitor_holds_is_not(console, monday):
    boss = console.hire("manager")
    store.hold(console.engine, slot(TUESDAY, "09:00"), "a-visitor", monday)
    everybody = BLOCK | {"practitioner": ""}
    assert "Not blocked" in (await console.post("/bookings/blocked", boss, **everybody)).text
    store.release(console.engine, "a-visitor")
    assert (await console.post("/bookings/blocked", boss, **everybody)).status == 303
    assert [row.practitioner for row in console.rows("SELECT * FROM blocked_times ORDER BY 2")] == [ADA, BEN]


async def test_a_blocking_without_an_end_after_its_beginning_is_refused(console):
    boss = console.hire("manager")
    wrong = [{"until_time": "08:00"}, {"until": "2027-11-24"}, {"date": "x"}, {"practitioner": "Nobody"}]
    wrong += [{"date": "2020-01-01", "until": "2020-01-02"}, {"key": ""}, {"date": "0001-01-01"}]
    for fields in wrong:
        assert (await console.post("/bookings/blocked", boss, **BLOCK | fields)).status == 400, fields
