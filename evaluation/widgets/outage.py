"""Twenty messages and twenty killed servers: what arrives, and what is answered on the screen."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Browser, Error

from evaluation.widgets.contestants import Contestant
from evaluation.widgets.measure import open_chat, say

MESSAGES = 20
LONGEST_WAIT = 30_000  # milliseconds for the last answers
SEEN = """(selector) => {
  const words = (node) => [...node.childNodes].map((child) =>
    child.nodeType === 3 ? child.data : child.localName === 'style' ? '' : words(child)).join(' ')
    + (node.shadowRoot ? words(node.shadowRoot) : '');
  return words(document.querySelector(selector) ?? document.body);
}"""


@dataclass(frozen=True)
class Survived:
    """What became of the messages of one chat.

    Attributes:
        written: Messages that could be written at all within ten seconds.
        arrived: Messages that the server has.
        doubled: Messages that it has more than once.
        answered: Messages whose answer stands on the screen.

    """

    written: int
    arrived: int
    doubled: int
    answered: int


def survive(
    browser: Browser,
    one: Contestant,
    address: str,
    kill: Callable[[], None],
    start: Callable[[], None],
    received: Callable[[], list[str]],
    answer: Callable[[str, str], bool],
) -> Survived:
    """Hold a chat through outages; ``answer`` says whether a message's answer is on the screen.

    Every other message is written while the server is away, the rest up to 0.4 s before it is killed.
    """
    chance = random.Random(MESSAGES)
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.goto(address)
    open_chat(page, one)
    written = []
    for number in range(MESSAGES):
        text = f"message number {number:02}"
        if number % 2:
            kill()
        try:
            say(page, one, text)
            written.append(text)
        except Error:  # the widget has gone, or its box is closed: no visitor can write
            pass
        page.wait_for_timeout(chance.random() * 400)
        if not number % 2:
            kill()
        start()
    page.wait_for_timeout(LONGEST_WAIT)
    screen, stored = str(page.evaluate(SEEN, one.root)), received()
    page.context.close()
    return Survived(
        len(written),
        sum(text in stored for text in written),
        sum(stored.count(text) > 1 for text in written),
        sum(answer(text, screen) for text in written),
    )
