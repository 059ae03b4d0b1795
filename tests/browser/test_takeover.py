"""A visitor in the chat and staff in the console at the same time."""

from urllib.parse import quote

import pytest
from playwright.sync_api import expect

PHONE = {"width": 360, "height": 640}
SHOW = "html => { state.innerHTML = html; htmx.process(state); }"


@pytest.fixture
def booking(visit):
    """A visitor in the middle of a booking."""
    return visit().open().say("book facial acupuncture on wednesday", "free")


def look_at(desk, chat, **settings):
    """Return somebody of the staff at the page of the visitor's conversation."""
    staff = desk(f"/conversations/{quote(chat.conversation, safe='')}", role="reviewer", **settings)
    expect(staff.page.locator("#log .message.visitor").first).to_be_visible()
    return staff


def test_staff_follow_take_over_answer_and_hand_back_a_booking(desk, booking):
    chat, anna = booking, look_at(desk, booking)
    log = anna.page.locator("#log")
    chat.say("does it hurt?", "painless")
    expect(log.locator(".message.visitor").last).to_contain_text("does it hurt?")
    expect(log.locator(".message.bot").last).to_contain_text("free")
    anna.page.get_by_role("button", name="Take over").click()
    answer = anna.page.get_by_label("Your answer")
    expect(answer).to_be_focused()
    chat.see(f"{anna.person.name} has joined the chat.")
    anna.page.keyboard.type("Hello, how can I help?")
    chat.see(f"{anna.person.name} is writing")
    anna.page.keyboard.press("Enter")
    chat.see("Hello, how can I help?")
    expect(answer).to_have_value("")
    expect(log.locator(".message.person").last).to_contain_text("Hello, how can I help?")
    bots = chat.host.locator(".bot").count()
    chat.type("at 11:00 please, I am Sam Lee, 07700 900123")
    expect(log.locator(".message.visitor").last).to_contain_text("Sam Lee")
    expect(chat.host.locator(".bot")).to_have_count(bots)
    anna.page.get_by_role("button", name="Hand back to the assistant").click()
    chat.see("has left the chat. The assistant answers again.")
    chat.see("Let's go on with your booking where we stopped.")
    expect(log.locator(".message.bot").last).to_contain_text("free")
    chat.say("at 11:00, I am Sam Lee, 07700 900123", "Shall I book it?")
    chat.choose("Yes, book it", "You're booked")
    anna.page.reload()
    expect(anna.page.locator(".facts")).to_contain_text("Facial acupuncture")


def test_of_two_who_take_over_one_is_told_who_was_faster(desk, visit):
    chat = visit().open().say("hello", "not a person")
    anna, ben = look_at(desk, chat), look_at(desk, chat)
    before = ben.page.locator("#state").inner_html()
    anna.page.get_by_role("button", name="Take over").click()
    chat.see(f"{anna.person.name} has joined the chat.")
    expect(ben.page.locator("#state")).to_contain_text(f"{anna.person.name} has answered this chat")
    ben.page.evaluate(SHOW, before)  # as on a page that is behind
    with ben.page.expect_response("**/take-over") as refused:
        ben.page.get_by_role("button", name="Take over").click()
    assert refused.value.status == 409
    expect(ben.page.get_by_role("alert")).to_contain_text(f"{anna.person.name} has taken this chat over")
    ben.problems.clear()  # the browser reports a refused request as an error
    anna.page.get_by_role("button", name="Hand back to the assistant").click()
    expect(ben.page.get_by_role("button", name="Take over")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_transcript_has_no_barrier(desk, visit, scheme):
    chat = visit().open().say("does it hurt?", "painless")
    staff = look_at(desk, chat, color_scheme=scheme)
    for details in staff.page.locator("details.behind summary").all():
        details.click()
    assert staff.barriers() == []
    staff.page.get_by_role("button", name="Take over").click()
    expect(staff.page.get_by_label("Your answer")).to_be_visible()
    assert staff.barriers() == []


def test_list_transcript_and_answering_fit_a_phone(desk, visit):
    chat = visit().open().say("does it hurt?", "painless")
    staff = look_at(desk, chat, viewport=PHONE)
    assert staff.overflow() <= 0
    staff.page.get_by_role("button", name="Take over").click()
    expect(staff.page.get_by_label("Your answer")).to_be_visible()
    assert staff.overflow() <= 0
    staff.open("/conversations?q=painless&channel=widget")
    expect(staff.page.locator("mark").first).to_be_visible()
    assert staff.overflow() <= 0
    assert staff.barriers() == []


def test_new_conversations_show_without_a_reload(desk, visit):
    staff = desk("/conversations", role="viewer")
    visit().open().say("does it hurt?", "painless")
    expect(staff.page.get_by_text("new: show")).to_be_visible(timeout=20_000)
    staff.page.get_by_text("new: show").click()
    expect(staff.page.locator("th.said").first).to_contain_text("does it hurt?")
