"""The calendar and the figures at the console, in a browser; a visitor at the widget beside them."""

from datetime import UTC, date, datetime

import pytest
from playwright.sync_api import expect

from clinic.booking import store
from clinic.booking.records import By, Client, with_id
from clinic.database import taken_time
from tests.booking.diaries import ADA, BEN, slot

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
PHONE = {"width": 360, "height": 640}
WEEK = "/bookings?date=2026-12-07"  # no other test books in it


def booked(staff, clock="10:00", day=None, practitioner=ADA, minutes=60):
    """Book for Jane in the assistant's database, and return the appointment."""
    wanted = slot(day or date(2026, 12, 8), clock, minutes, practitioner)
    by = By(f"browser-{wanted.start}-{practitioner}", NOW)
    return store.book(staff.engine, wanted, "Facial acupuncture", Client("Jane Doe", "jane@example.com"), by)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_about_bookings_has_a_barrier(desk, scheme):
    staff = desk(color_scheme=scheme)
    made = booked(staff)
    own = f"/bookings/{made.reference}"
    for path in (
        WEEK,
        f"{WEEK}&view=day",
        own,
        f"{own}/move",
        "/bookings/new",
        "/bookings/blocked",
        "/numbers",
    ):
        assert staff.open(path).barriers() == [], path


def test_on_a_phone_the_week_is_a_list_of_days(desk):
    staff = desk(viewport=PHONE)
    made = booked(staff)
    own = f"/bookings/{made.reference}"
    for path in (
        WEEK,
        own,
        f"{own}/move",
        "/bookings/new",
        "/bookings/blocked",
        "/bookings/list",
        "/numbers",
    ):
        assert staff.open(path).overflow() <= 0, path
    staff.open(WEEK)
    tops = [box.bounding_box()["y"] for box in staff.page.locator(".day").all()]
    assert tops == sorted(set(tops))
    entry = staff.page.locator(".piece", has_text="10:00")
    expect(entry).to_contain_text("Ada Moor")
    expect(entry).to_contain_text("confirmed")


def test_on_a_desktop_an_appointment_stands_at_its_hour_in_its_practitioners_lane(desk):
    staff = desk()
    booked(staff), booked(staff, "12:00", practitioner=BEN)
    page = staff.open(WEEK).page
    first, second = (page.locator(".piece", has_text=clock).bounding_box() for clock in ("10:00-", "12:00-"))
    marks = [page.locator(".clock span", has_text=clock).bounding_box()["y"] for clock in ("10:00", "12:00")]
    assert second["y"] - first["y"] == pytest.approx(marks[1] - marks[0], abs=1)
    assert second["x"] >= first["x"] + first["width"]
    page.emulate_media(media="print")
    expect(page.locator("header.bar")).to_be_hidden()
    expect(page.locator(".piece").first).to_be_visible()


def test_in_half_an_hour_of_the_week_there_is_room_for_a_name(desk):
    staff = desk()
    booked(staff, "14:00", date(2026, 12, 9), minutes=30)
    staff.open(WEEK)
    piece = staff.page.locator(".piece.short")
    outside, inside = piece.bounding_box(), piece.get_by_role("link").bounding_box()
    assert inside["y"] >= outside["y"]
    assert inside["y"] + inside["height"] <= outside["y"] + outside["height"] + 1
    expect(piece).to_have_attribute("title", "14:00-14:30, Jane Doe, Facial acupuncture")


def test_an_hour_of_the_week_opens_its_conversations(desk, visit):
    visit().open().say("does it hurt", "practically painless")
    page = desk("/numbers?from=2026-11-01&to=2026-11-30").page
    page.get_by_role("group", name="Busiest hours").get_by_role("link").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Hour")).to_be_visible()
    expect(page.locator("th.said").first).to_be_visible()


def test_an_appointment_is_moved_by_keyboard_and_back(desk):
    staff = desk(role="reviewer")
    made = booked(staff, "15:00")
    page = staff.open(WEEK).page
    page.keyboard.press("n")
    page.wait_for_url("**date=2026-12-14*")
    page.keyboard.press("p")
    page.wait_for_url("**date=2026-12-07*")
    page.get_by_role("link", name="Jane Doe").last.focus()
    page.goto(f"{staff.server.console}/bookings/{made.reference}")
    page.keyboard.press("m")
    page.wait_for_url("**/move")
    page.goto(f"{page.url}?from=2026-12-09")
    page.get_by_role("radio", name="10:00").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Moved.")
    assert with_id(staff.engine, made.id).slot.start == slot(date(2026, 12, 9), "10:00").start
    page.wait_for_load_state()  # the shortcuts come with the page's script
    page.keyboard.press("z")
    expect(page.get_by_role("status")).to_have_text("Moved back to where it was.")
    assert with_id(staff.engine, made.id).slot.start == made.slot.start
    rows = page.get_by_role("region", name="History").get_by_role("row")
    expect(rows).to_have_count(4)
    expect(rows.nth(1)).to_contain_text(f"{staff.person.name} (staff)")


def test_time_that_staff_block_is_not_offered_to_a_visitor(desk, visit):
    chat = visit().open()
    chat.say("book a facial on friday 11 december at 10am", "What name shall I put")
    chat.say("stop", "I've stopped the booking")
    page = desk("/bookings/blocked", role="manager").page
    page.get_by_label("From", exact=True).fill("2026-12-11")
    page.get_by_label("Until", exact=True).fill("2026-12-11")
    page.get_by_label("Why").fill("training")
    page.get_by_role("button", name="Block", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("not offered any more")
    chat.say("book a facial on friday 11 december at 10am", "on Friday 11 December")
    expect(chat.host.get_by_text("What name shall I put")).to_have_count(1)
    page.get_by_role("button", name="Free the time").click()
    expect(page.get_by_text("Nothing is blocked.")).to_be_visible()
    chat.say("friday 11 december at 10am", "What name shall I put")
    with desk().engine.begin() as connection:  # what the visitor holds is given back for the other tests
        connection.execute(taken_time.delete().where(taken_time.c.hold_key.isnot(None)))


def test_a_figure_opens_the_conversations_that_it_counts(desk, visit):
    visit().open().say("does it hurt", "practically painless")
    page = desk("/numbers?from=2026-11-01&to=2026-11-30").page
    bar = page.get_by_role("group", name="Topics").get_by_role("link", name="pain: ")
    assert bar.get_attribute("href") == "/conversations?from=2026-11-01&to=2026-11-30&topic=faq%2Fpain"
    bar.focus()
    page.get_by_text("As a table").first.click()
    expect(page.get_by_role("region", name="Conversations by day, table")).to_be_visible()
