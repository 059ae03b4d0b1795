"""Somebody of the clinic at the console."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext

from clinic.database import _engine
from tests.assistant import Assistant
from tests.console.staff import hire

EVERY_RULE = {"rules": {"target-size": {"enabled": True}}}  # axe leaves the one of WCAG 2.2 out


class Desk:
    """A page of the console. ``problems`` are errors and policy violations; none is wanted."""

    def __init__(self, profile: BrowserContext, server: Assistant, role: str) -> None:
        self.server, self.engine = server, _engine(f"sqlite:///{server.folder / 'clinic.db'}")
        self.person = hire(self.engine, role)
        profile.add_cookies([{"name": "clinic-staff", "value": self.person.token, "url": server.console}])
        self.problems: list[str] = []
        self.page = page = profile.new_page()
        page.on(
            "console", lambda message: self.problems.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("dialog", lambda dialog: self.problems.append(f"dialog {dialog.message}"))

    def open(self, path: str) -> "Desk":
        self.page.goto(f"{self.server.console}{path}")
        return self

    def barriers(self) -> list:
        """Return what axe finds on the page as it is."""
        found = Axe().run(self.page, options=EVERY_RULE)
        return [(v["id"], [node["target"] for node in v["nodes"]]) for v in found.response["violations"]]

    def overflow(self) -> int:
        """Return by how many pixels the page scrolls sideways."""
        return self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
