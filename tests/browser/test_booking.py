"""Line 14: booking in the chat."""

from playwright.sync_api import expect

SLOTS = [
    {
        "start": f"2026-07-{day}T{hour}:00+01:00",
        "title": f"{day} Jul, {hour}:00",
        "payload": f"{day} July at {hour}:00",
    }
    for day in (20, 21, 22)
    for hour in ("09", "10", "14")
]
CARD = {
    "type": "booking",
    "reference": "FEN-829",
    "service": "Facial acupuncture",
    "when": "Friday 27 November at 14:00",
    "ics": "/booking/FEN-829.ics",
    "manage": "/booking/manage#key",
}


def test_line_14_a_day_and_a_time_are_chosen_in_the_clinics_time_zone(visit):
    chat = visit(timezone_id="America/New_York").open().say("hello", "not a person")
    other = {"title": "Other times", "payload": "other times"}
    chat.utter("These are free.", buttons=[*SLOTS, other], custom={"type": "slots", "slots": SLOTS})
    days = chat.host.get_by_role("group", name="Day", exact=True).get_by_role("button")
    expect(days).to_have_text(["Mon, Jul 20", "Tue, Jul 21", "Wed, Jul 22"])
    chat.see("Times are the clinic’s local time.")
    days.nth(1).click()
    expect(days.nth(1)).to_have_attribute("aria-pressed", "true")
    times = chat.host.get_by_role("group", name="Time, Tue, Jul 21").get_by_role("button")
    expect(times).to_have_text(["09:00", "10:00", "14:00"])
    expect(chat.host.get_by_role("button", name="Other times")).to_be_visible()
    times.nth(2).click()
    expect(chat.host.locator(".slots")).to_have_count(0)
    chat.see("21 Jul, 14:00")
    query = "select id from events where sender_id = :c and data like '%21 July at 14:00%'"
    chat.page.wait_for_timeout(100)
    expect(chat.host.locator(".visitor").last).to_have_attribute("data-delivery", "sent")
    assert chat.until(query)


def test_line_14_a_slot_list_that_cannot_be_read_leaves_the_buttons(visit):
    chat = visit().open().say("hello", "not a person")
    chat.utter("Free:", buttons=SLOTS[:2], custom={"type": "slots", "slots": [{"start": 5}, None, "x"]})
    expect(chat.host.locator(".view > .replies .reply")).to_have_text([slot["title"] for slot in SLOTS[:2]])


def test_line_14_the_confirmation_has_a_calendar_file_and_a_manage_link(visit, assistant):
    chat = visit("/widget/demo/single-page.html").open().say("hello", "not a person")
    chat.utter("You're booked.")
    chat.utter(custom=CARD)
    card = chat.host.locator(".booking")
    for words in ("Facial acupuncture", "Friday 27 November at 14:00", "FEN-829"):
        expect(card.get_by_text(words)).to_be_visible()
    links = {"Add to my calendar": CARD["ics"], "Change or cancel": CARD["manage"]}
    for name, address in links.items():
        expect(card.get_by_role("link", name=name)).to_have_attribute("href", assistant.address + address)
    expect(chat.page.get_by_text("Booked: FEN-829")).to_be_visible()  # the page heard of it


def test_line_14_offered_again_when_one_has_gone_and_edited_before_the_yes(visit):
    first, second = visit().open(), visit().open()  # on Fridays the clinic has one practitioner
    first.say("book facial acupuncture for friday at 3pm, im Bo Lind, bo@example.com", "Shall I book it?")
    # What the first is asked about is held: the second is offered other times at once.
    second.say("book facial acupuncture for friday at 3pm, im Cy Orr, cy@example.com", "isn't free")
    first.choose("Yes, book it", "You're booked")
    days = second.host.get_by_role("group", name="Day", exact=True).get_by_role("button")
    expect(days).to_have_text(["Fri, Nov 27", "Mon, Nov 30", "Tue, Dec 1", "Wed, Dec 2"])
    days.nth(1).click()
    expect(second.host.get_by_role("group", name="Time, Mon, Nov 30").get_by_role("button")).to_have_count(12)
    second.say("friday at 10am", "at 10:00").say("no", "What shall I change?").say("at 11am", "at 11:00")
    second.choose("Yes, book it", "You're booked")
    rows = second.rows("select starts_at from appointments where client_contact = 'cy@example.com'")
    assert [starts[:16] for (starts,) in rows] == ["2026-11-27 11:00"]
