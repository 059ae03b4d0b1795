"""The assistant's own chat page as a visitor uses it."""

import sqlite3

from tests.browser.conftest import DESKTOP


def say(page, text, expect):
    page.locator("clinic-chat textarea").fill(text)
    page.keyboard.press("Enter")
    page.get_by_text(expect).last.wait_for(timeout=15_000)


def test_a_visitor_asks_books_and_ends_with_a_stored_appointment(open_chat, assistant):
    page = open_chat()
    say(page, "does it hurt?", "practically painless")
    say(page, "ok book facial acupuncture please", "free")
    say(page, "friday at 2pm", "What name")
    say(page, "Rosa Diaz", "phone number or e-mail")
    say(page, "rosa@example.com", "Shall I book it?")
    page.get_by_role("button", name="Yes, book it").click()
    page.get_by_text("You're booked").wait_for()
    with sqlite3.connect(assistant.folder / "clinic.db") as connection:
        (row,) = connection.execute(
            "select reference, starts_at from appointments where client_contact = 'rosa@example.com'"
        ).fetchall()
    assert row[1].startswith("2026-11-27 14:00")
    assert page.get_by_text(row[0]).count()


def test_the_conversation_begins_by_saying_that_it_is_a_bot(open_chat):
    page = open_chat()
    say(page, "hello", "not a person")


def test_the_privacy_notice_names_the_clinic_and_its_version(visit):
    chat = visit("/chat")
    with chat.page.expect_popup() as popup:
        chat.host.get_by_role("link", name="privacy notice").click()
    popup.value.get_by_text("You are writing to Test Clinic").wait_for()
    assert popup.value.get_by_text("Version ").inner_text().removeprefix("Version ").isalnum()


def test_the_page_has_one_heading_and_no_scrollbar(open_chat):
    page = open_chat(DESKTOP)
    assert page.get_by_role("heading", level=1).count() == 1
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
