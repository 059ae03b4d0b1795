"""Line 16: bot and person are told apart; comings and goings; thumbs."""

from playwright.sync_api import expect


def test_line_16_waiting_joined_and_left_are_announced_and_a_person_is_no_bot(visit):
    chat = visit().open().say("hello", "not a person")
    expect(chat.host.locator(".bot .who").last).to_contain_text("Assistant (bot)")
    chat.staff("announce", "waiting", None)
    expect(chat.log.get_by_text("Waiting for a person from the clinic.")).to_be_visible()
    chat.staff("announce", "joined", "Anna")
    expect(chat.log.get_by_text("Anna has joined the chat.")).to_be_visible()
    expect(chat.host.locator(".header")).to_contain_text("You are writing with Anna")
    chat.staff_writes()
    chat.staff("speak", "Hello, this is Anna.", "Anna")
    expect(chat.host.locator(".staff .bubble")).to_have_text("Hello, this is Anna.")
    expect(chat.host.locator(".staff .who")).to_contain_text("Anna · Clinic staff")
    expect(chat.host.locator(".typing")).to_be_hidden()
    chat.staff("announce", "left", "Anna")
    expect(chat.log.get_by_text("Anna has left the chat. The assistant answers again.")).to_be_visible()
    expect(chat.host.locator(".header")).to_contain_text("Questions and appointments")
    chat.page.reload()
    expect(chat.log.get_by_text("Anna has joined the chat.")).to_be_visible()
    expect(chat.host.locator(".staff .bubble")).to_have_text("Hello, this is Anna.")


def test_line_16_a_thumb_is_stored_changed_and_taken_back(visit):
    chat = visit().open().say("does it hurt?", "practically painless")
    query = "select helpful from feedback where conversation = :c"
    up = chat.host.get_by_role("button", name="Helpful", exact=True)
    down = chat.host.get_by_role("button", name="Not helpful")
    up.click()
    assert chat.until(query) == [(1,)]
    expect(up).to_have_attribute("aria-pressed", "true")
    down.click()
    expect(up).to_have_attribute("aria-pressed", "false")
    chat.page.wait_for_timeout(300)
    assert chat.until(query) == [(0,)]
    chat.page.reload()
    expect(down).to_have_attribute("aria-pressed", "true")
    down.click()
    expect(down).to_have_attribute("aria-pressed", "false")
    chat.page.wait_for_timeout(500)
    assert chat.rows(query, c=chat.conversation) == []


def test_line_16_only_answers_have_thumbs(visit):
    chat = visit().open().say("hello", "not a person")
    expect(chat.host.locator(".thumbs")).to_have_count(0)
    chat.say("does it hurt?", "practically painless")
    expect(chat.host.locator(".thumbs")).to_have_count(1)
