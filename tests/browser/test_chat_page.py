"""The chat page as a visitor uses it: the real server, the trained model, a real browser."""

import gzip
import sqlite3

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.assistant import PROJECT
from tests.browser.conftest import DESKTOP, PHONE

LOADER_BUDGET, PANEL_BUDGET = 3 * 1024, 30 * 1024  # bytes, gzipped
NOT_FETCHED = {"widget.js", "types.js", "de.js", "es.js", "ar.js"}


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


def test_the_conversation_is_there_again_after_a_reload(open_chat):
    page = open_chat()
    say(page, "do you treat rosacea?", "Rosacea")
    page.reload()
    page.get_by_text("do you treat rosacea?").wait_for()


@pytest.mark.parametrize(
    "text", ["<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "<script>1</script>"]
)
def test_markup_typed_by_a_visitor_stays_text(open_chat, text):
    page = open_chat()
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    say(page, text, text)
    page.wait_for_timeout(500)
    assert page.locator("clinic-chat a[href^=javascript]").count() == 0


@pytest.mark.parametrize(
    "viewport", [DESKTOP, PHONE, {"width": 320, "height": 640}], ids=["desktop", "phone", "320"]
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_barrier_and_no_sideways_scroll(open_chat, viewport, scheme):
    page = open_chat(viewport, color_scheme=scheme)
    say(page, "can i book a consultation", "free")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_booking_needs_the_keyboard_only(open_chat):
    page = open_chat()
    page.locator("clinic-chat textarea").focus()
    page.keyboard.type("book a consultation for friday, im Ola Berg, ola@example.com")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Fri 27 Nov").first.wait_for()
    page.get_by_role("button", name="Fri 27 Nov").first.focus()
    page.keyboard.press("Enter")
    page.get_by_text("Shall I book it?").wait_for()


def test_every_request_goes_to_the_pages_own_origin(open_chat, assistant):
    page = open_chat()
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.reload()
    say(page, "hello", "not a person")
    assert requests
    assert all(url.startswith(assistant.address) for url in requests)


def test_the_loader_and_the_panel_stay_within_their_size():
    def size(path):
        return len(gzip.compress(path.read_bytes(), mtime=0))

    modules = [*(PROJECT / "widget").glob("*.js"), *(PROJECT / "widget" / "texts").glob("*.js")]
    assert size(PROJECT / "widget" / "widget.js") <= LOADER_BUDGET
    assert sum(size(path) for path in modules if path.name not in NOT_FETCHED) <= PANEL_BUDGET
