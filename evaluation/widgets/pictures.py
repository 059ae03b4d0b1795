"""Takes the pictures of the widget in docs/: ``python -m evaluation.widgets.pictures``."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from clinic.settings.environment import PROJECT
from tests.assistant import Assistant
from tests.browser.chat import PHONE, QUIET, Chat
from tests.browser.test_booking import CARD, SLOTS

DOCS = PROJECT / "docs"
SCREEN = {"width": 900, "height": 740}
SETTLED = 700  # milliseconds


def main() -> None:
    """Start the assistant, hold the conversations and take the pictures."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        assistant = Assistant(Path(folder)).wait()
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)

        def visit(page: str = "plain", **settings: Any) -> Chat:
            chat = Chat(browser.new_context(**{"viewport": SCREEN, **settings}).new_page(), assistant)
            chat.page.goto(f"{assistant.address}/widget/demo/{page}.html")
            return chat

        closed = visit("single-page")
        closed.see("Any questions? Ask me.")
        _take(closed, "closed")
        _take(visit().open(), "open")
        _take(_booking(visit()), "booking")
        _take(_booked(visit(color_scheme="dark")), "dark")
        _take(visit("right-to-left").open().say("does it hurt?", "practically painless"), "arabic")
        _take(_person(visit(viewport=PHONE, device_scale_factor=2, has_touch=True, is_mobile=True)), "phone")
        browser.close()
        assistant.stop()


def _booking(chat: Chat) -> Chat:
    chat.open().say("hello", "not a person")
    chat.utter("These are free. Which suits you?", buttons=SLOTS, custom={"type": "slots", "slots": SLOTS})
    return chat.see("local time.")


def _booked(chat: Chat) -> Chat:
    chat.open().say(
        "book facial acupuncture for friday at 2pm, im Rosa, rosa@example.com", "Shall I book it?"
    )
    chat.choose("Yes, book it", "You're booked")
    ((reference,),) = chat.rows("select reference from appointments")
    chat.utter(custom=CARD | {"reference": reference})
    return chat.see("Add to my calendar")


def _person(chat: Chat) -> Chat:
    chat.open().say("does it hurt?", "practically painless")
    chat.staff("announce", "joined", "Anna")
    chat.staff("speak", "Hello, this is Anna. Is there anything you would like to know first?", "Anna")
    return chat.see("this is Anna")


def _take(chat: Chat, name: str) -> None:
    chat.page.wait_for_timeout(SETTLED)
    chat.page.screenshot(path=DOCS / f"widget-{name}.png", animations="disabled", caret="hide")
    chat.page.context.close()


if __name__ == "__main__":
    main()
