"""How the console writes what the database holds."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote, unquote

from clinic.console.pages import FILTERS

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
OUTCOMES = {
    "opened": "Opened",
    "not_understood": "Not understood",
    "answered": "Answered",
    "handed_over": "Message left",
    "booked": "Booked",
}


def topic(name: str) -> str:
    """Return a topic's name for people: "faq/first_visit" is "First visit"."""
    return name.rpartition("/")[2].replace("_", " ").capitalize()


def topics(names: Iterable[str]) -> str:
    """Return topics, divided by commas."""
    return ", ".join(map(topic, names))


def outcome(name: str) -> str:
    """Return what came of a conversation."""
    return OUTCOMES.get(name, name)


def hour_of_week(hour: str) -> str:
    """Return an hour as filters have it for people: "0-14" is "Mondays, 14:00 to 15:00"."""
    day, begins = map(int, hour.split("-"))
    return f"{DAYS[day]}s, {begins:02}:00 to {begins + 1:02}:00"


def percent(share: float | None) -> str:
    """Return a confidence, 0 to 1, as a whole percentage; nothing for none."""
    return "" if share is None else f"{int(share * 100)} %"


def path(conversation: str, *more: str) -> str:
    """Return the address of a conversation's page."""
    return "/".join(["/conversations", quote(conversation, safe=""), *more])


def name_in(part: str) -> str:
    """Return the conversation that a part of an address names."""
    return unquote(part)


FILTERS.update(
    hour_of_week=hour_of_week, topic=topic, topics=topics, outcome=outcome, percent=percent, conversation=path
)
