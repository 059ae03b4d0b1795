"""A person who talks over one platform; what they are shown, and the talk as it went."""

from __future__ import annotations

from clinic.channels.simulator.base import Shown
from tests.channels.messaging.driver import Driver


class Talk:
    """One person's talk.

    Attributes:
        chat: The person.
        lines: What was said by both, as a person would write it down.

    """

    def __init__(self, driver: Driver) -> None:
        self.driver, self.chat = driver, driver.chat()
        self.lines: list[str] = []
        self._seen = 0

    def says(self, text: str) -> list[Shown]:
        """Write, and return what is shown in answer."""
        self.lines.append(f"**Client:** {text}")
        self.driver.sim.says(self.chat, text)
        return self.hears()

    def presses(self, title: str) -> list[Shown]:
        """Press the button of that title that was shown last, and return what is shown in answer."""
        shown = [s for s in self.driver.sim.read(self.chat) if title in dict(s.buttons)][-1]
        self.lines.append(f"**Client** presses {title!r}")
        self.driver.sim.presses(shown, title)
        return self.hears()

    def hears(self) -> list[Shown]:
        """Return what is shown next, until nothing more comes."""
        found = self.driver.quiet(self.chat, self._seen)
        self._seen += len(found)
        for shown in found:
            words = (shown.text, "(a calendar file)" if shown.file else "")
            self.lines.append(f"**Assistant:** {' '.join(filter(None, words))}")
            if shown.buttons or shown.links:
                self.lines[-1] += "".join(f" [{title}]" for title, _ in [*shown.buttons, *shown.links])
        return found
