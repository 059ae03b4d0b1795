import shutil

import pytest
from playwright.sync_api import sync_playwright

from tests.assistant import Assistant

QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --disable-background-networking --disable-component-update "
    "--disable-sync --no-first-run"
).split()
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def assistant(tmp_path_factory):
    running = Assistant(tmp_path_factory.mktemp("browser")).wait()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser():
    chromium = shutil.which("chromium")
    assert chromium, "the browser tests need chromium: make browser"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield running
        running.close()


@pytest.fixture
def open_chat(browser, assistant):
    """Return a function that opens the chat page; every console error and policy violation fails the test."""
    problems, contexts = [], []

    def open_page(viewport=DESKTOP, **settings):
        context = browser.new_context(viewport=viewport, **settings)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(assistant.address)
        page.locator("clinic-chat textarea").wait_for()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []
