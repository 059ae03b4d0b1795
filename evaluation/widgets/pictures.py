"""Takes the pictures in docs/ from the real assistant: ``python -m evaluation.widgets.pictures``."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from clinic.settings.environment import PROJECT
from tests.assistant import Assistant
from tests.browser.chat import DESKTOP, PHONE, QUIET, Chat

DOCS = PROJECT / "docs"
SCREEN = {"width": 900, "height": 740}
HANDHELD = {"viewport": PHONE, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
DEMO = "/widget/demo/{}.html"
SETTLED = 700  # milliseconds


def main() -> None:
    """Start the assistant, hold the conversations and take the pictures."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        with _assistant() as assistant:
            _of_the_widget(partial(_visit, browser, assistant))
        with _assistant(CLINIC_FILE=str(PROJECT / "clinic.yml")) as assistant:
            _of_the_page(partial(_visit, browser, assistant, "/chat"))
        browser.close()


def _of_the_widget(visit: Callable[..., Chat]) -> None:
    closed = visit(DEMO.format("single-page"))
    closed.see("Any questions? Ask me.")
    _take(closed, "widget-closed")
    _take(visit(DEMO.format("plain")).open(), "widget-open")
    _take(_offered(visit(DEMO.format("plain")).open()), "widget-booking")
    _take(_booked(visit(DEMO.format("plain"), color_scheme="dark").open()), "widget-dark")
    arabic = visit(DEMO.format("right-to-left")).open().say("does it hurt?", "practically painless")
    _take(arabic, "widget-arabic")
    _take(_person(visit(DEMO.format("plain"), **HANDHELD).open()), "widget-phone")


def _of_the_page(visit: Callable[..., Chat]) -> None:
    """Take the README's pictures, with the clinic.yml that is shipped."""
    desktop = visit(viewport=DESKTOP)
    desktop.say("do the needles hurt, and does it help with dark circles?", "dark circles form")
    desktop.say("ok book me a facial for wednesday at 3, im jane, 07700 900123", "Let me read that back")
    _take(desktop.choose("Yes, book it", "Add to my calendar"), "chat-desktop")
    _take(_offered(visit(**HANDHELD)), "chat-phone")


@contextmanager
def _assistant(**settings: str) -> Iterator[Assistant]:
    with tempfile.TemporaryDirectory() as folder:
        running = Assistant(Path(folder), None, **settings).wait()
        try:
            yield running
        finally:
            running.stop()


def _visit(browser: Browser, assistant: Assistant, path: str, **settings: Any) -> Chat:
    chat = Chat(
        browser.new_context(**{"viewport": SCREEN, "locale": "en-GB", **settings}).new_page(), assistant
    )
    chat.page.goto(f"{assistant.address}{path}")
    return chat


def _offered(chat: Chat) -> Chat:
    return chat.say("book a facial", "When would you like to come?").see("local time.")


def _booked(chat: Chat) -> Chat:
    words = "book facial acupuncture for friday at 2pm, im Rosa, rosa@example.com"
    return chat.say(words, "Shall I book it?").choose("Yes, book it", "Add to my calendar")


def _person(chat: Chat) -> Chat:
    chat.say("does it hurt?", "practically painless")
    chat.staff("announce", "joined", "Anna")
    chat.staff("speak", "Hello, this is Anna. Is there anything you would like to know first?", "Anna")
    return chat.see("this is Anna")


def _take(chat: Chat, name: str) -> None:
    chat.page.wait_for_timeout(SETTLED)
    chat.page.screenshot(path=DOCS / f"{name}.png", animations="disabled", caret="hide")
    chat.page.context.close()


if __name__ == "__main__":
    main()
