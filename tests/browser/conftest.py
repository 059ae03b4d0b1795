import shutil

import pytest
from playwright.sync_api import sync_playwright

from tests.assistant import Assistant
from tests.browser.chat import DESKTOP, QUIET, Chat
from tests.browser.desk import Desk


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
def context(browser):
    """Return a function that makes a visitor's browser profile."""
    contexts = []

    def make(**settings):
        contexts.append(browser.new_context(**{"viewport": DESKTOP} | settings))
        contexts[-1].set_default_timeout(20_000)
        return contexts[-1]

    yield make
    for one in contexts:
        one.close()


@pytest.fixture
def visit(context, assistant):
    """Return a function that opens a page with the chat; an error in the console fails the test."""
    chats = []

    def open_page(path="/widget/demo/plain.html", server=assistant, profile=None, **settings):
        chat = Chat((profile or context(**settings)).new_page(), server)
        chats.append(chat)
        chat.page.goto(path if path.startswith("http") else f"{server.address}{path}")
        return chat

    yield open_page
    for chat in chats:
        assert chat.problems == []


@pytest.fixture
def open_chat(visit):
    """Return a function that opens the assistant's own chat page."""

    def open_page(viewport=DESKTOP, **settings):
        chat = visit("/chat", viewport=viewport, **settings)
        chat.box.wait_for()
        return chat.page

    return open_page


@pytest.fixture
def desk(context, assistant):
    """Return a function that opens the console for somebody of a role who is signed in already.

    An error in the browser's console fails the test.
    """
    desks = []

    def open_console(path="/", role="owner", server=assistant, **settings):
        desks.append(Desk(context(**settings), server, role))
        return desks[-1].open(path)

    yield open_console
    for one in desks:
        assert one.problems == []
