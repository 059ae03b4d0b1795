"""A visitor at a page with the chat."""

import base64
import json
from datetime import UTC, datetime

import sqlalchemy as sa
from playwright.sync_api import Page, expect

from clinic.conversation import presence
from clinic.conversation.history import add_event
from tests.assistant import Assistant

QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --disable-background-networking --disable-component-update "
    "--disable-sync --no-first-run"
).split()
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
AWAY = ("net::ERR_", "502", "503")  # what a browser says of a server that is away


class Chat:
    """The page and the chat in it. ``problems`` are errors and policy violations; none is wanted."""

    def __init__(self, page: Page, server: Assistant) -> None:
        self.page, self.server = page, server
        self.problems: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self._note(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("dialog", lambda dialog: self.problems.append(f"dialog {dialog.message}"))
        page.on("request", lambda request: self.requests.append(request.url))

    def _note(self, text: str) -> None:
        if not any(words in text for words in AWAY):
            self.problems.append(text)

    @property
    def host(self):
        return self.page.locator("clinic-chat")

    @property
    def button(self):
        return self.host.locator("button.launch")

    @property
    def box(self):
        return self.host.locator("textarea")

    @property
    def log(self):
        return self.host.get_by_role("log")

    @property
    def lines(self) -> list[str]:
        """Return the words of every message in the log, in order."""
        return self.host.locator(".bubble").all_inner_texts()

    def open(self) -> "Chat":
        self.button.click()
        self.box.wait_for()
        return self

    def type(self, text: str) -> None:
        self.box.fill(text)
        self.box.press("Enter")

    def say(self, text: str, answer: str) -> "Chat":
        """Say something and wait for words of the answer."""
        self.type(text)
        expect(self.log.get_by_text(answer).last).to_be_visible(timeout=20_000)
        return self

    def choose(self, name: str, answer: str) -> "Chat":
        """Press a quick reply and wait for words of the answer."""
        self.host.locator(".replies").get_by_role("button", name=name).first.click()
        expect(self.log.get_by_text(answer).last).to_be_visible(timeout=20_000)
        return self

    def see(self, words: str) -> "Chat":
        expect(self.host.get_by_text(words).last).to_be_visible(timeout=20_000)
        return self

    @property
    def conversation(self) -> str:
        token = json.loads(self.page.evaluate("localStorage.getItem('clinic-chat')"))["token"]
        body = token.split(".")[1]
        return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["sub"]

    def utter(self, text: str | None = None, **data: object) -> None:
        """Let the assistant say something, as Rasa stores it, from another process."""
        event = {"event": "bot", "timestamp": datetime.now(UTC).timestamp(), "text": text, "data": data}
        self.stored(event | {"metadata": {"utter_action": "utter_x"}})

    def stored(self, event: dict) -> None:
        """Append one of Rasa's events to the conversation."""
        add_event(self._engine, self.conversation, event)

    def staff(self, what: str, *arguments: object) -> None:
        """Let a person of the clinic announce, speak or type (clinic.conversation.presence)."""
        moment = () if what == "typing" else (datetime.now(UTC),)
        getattr(presence, what)(self._engine, self.conversation, *arguments, *moment)

    def rows(self, query: str, **values: object) -> list:
        with self._engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query), values)]

    def until(self, query: str) -> list:
        """Return the rows of a query on this conversation (``:c``) once there are some."""
        for _ in range(100):
            found = self.rows(query, c=self.conversation)
            if found:
                return found
            self.page.wait_for_timeout(100)
        raise AssertionError(f"nothing found: {query}")

    def rows_changed(self, statement: str) -> None:
        """Change what is stored of this conversation (``:c``)."""
        with self._engine.begin() as connection:
            connection.execute(sa.text(statement), {"c": self.conversation})

    def staff_writes(self) -> None:
        self.page.wait_for_function("localStorage.getItem('clinic-chat')")
        self.staff("typing", "Anna")
        self.see("Anna is writing")

    @property
    def _engine(self):
        from clinic.database import _engine  # noqa: PLC0415 (the running server's, not the test's own)

        return _engine(f"sqlite:///{self.server.folder / 'clinic.db'}")
