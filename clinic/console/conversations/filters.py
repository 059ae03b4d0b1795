"""What a list of conversations is filtered by: read from the address, written into it, made into SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa

from clinic.console.conversations import hours
from clinic.console.pages import zone
from clinic.console.refused import Refused
from clinic.console.views import Asked
from clinic.conversation.tables import RARE, conversation_topics, conversations, takeovers
from clinic.conversation.takeover import ACTIVE
from clinic.settings import now

# How far a booking came, as bits of summary.BOOKING_STEPS.
STEPS = {"wanted": 1, "time": 1 | 2, "contact": 1 | 2 | 4}
OUTCOMES = ("opened", "not_understood", "answered", "handed_over", "booked")
CHOICES = {
    "by": ("started",),
    "thumbs": ("up", "down"),
    "booked": ("yes", "no"),
    "outcome": OUTCOMES,
    "unclear": ("1",),
    "trouble": ("1",),
    "taken": ("1",),
    "step": tuple(STEPS),
}
NAMES = ("q", "from", "to", "channel", "topic", "below", "hour", *CHOICES)
LONGEST_SEARCH, LONGEST_NAME = 200, 255  # characters
SURE, UNSURE = 100, 50  # percent; below the second a conversation is in an index of few


@dataclass(frozen=True)
class Filter:
    """The parameters that were given: ``values`` as they stand in the address, all of them checked."""

    values: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    @property
    def moment(self) -> Any:
        """Return the column that the list is ordered by."""
        return conversations.c.started_at if self["by"] else conversations.c.last_at

    def address(self, path: str = "/conversations", **changed: str) -> str:
        """Return the address of a page with this filter."""
        query = urlencode({name: value for name, value in (self.values | changed).items() if value})
        return f"{path}?{query}" if query else path

    def conditions(self, moment: Any = None) -> dict[str, Any]:
        """Return SQL for all but the words that were searched for, by name.

        Args:
            moment: The column that the days are of, where it is not that of ``conversations``.

        """
        row, moment = conversations.c, self.moment if moment is None else moment
        found = {
            "from": moment >= _midnight(self["from"], 0) if self["from"] else None,
            "to": moment < _midnight(self["to"], 1) if self["to"] else None,
            "channel": row.channel == self["channel"] if self["channel"] else None,
            "below": row.lowest_confidence < int(self["below"]) / SURE if self["below"] else None,
            "outcome": row.outcome == self["outcome"] if self["outcome"] else None,
            # Booked is the most that can come of a conversation, and outcomes have an index.
            "booked": row.outcome == "booked" if self["booked"] == "yes" else None,
            "not booked": row.outcome != "booked" if self["booked"] == "no" else None,
            "not_understood": _rare("not_understood", self["unclear"]),
            "trouble": _rare("trouble", self["trouble"]),
            "unsure": _rare("unsure", self["below"] if int(self["below"] or SURE) <= UNSURE else ""),
            "thumbs": _rare(f"thumbs_{self['thumbs']}", self["thumbs"]),
            "taken": row.id.in_(sa.select(takeovers.c.conversation).where(ACTIVE)) if self["taken"] else None,
            "step": row.booking_steps.op("&")(step := STEPS[self["step"]]) == step if self["step"] else None,
            "hour": self._hour(moment) if self["hour"] else None,
            "topic": has_topic(self["topic"]) if self["topic"] else None,
        }
        return {name: condition for name, condition in found.items() if condition is not None}

    def _hour(self, moment: Any) -> Any:
        first = date.fromisoformat(self["from"]) if self["from"] else None
        last = date.fromisoformat(self["to"]) if self["to"] else now().date()
        return hours.within(moment, self["hour"], first, last, zone())


def read(asked: Asked) -> Filter:
    """Return the filter of the address. Raises Refused (400) for a value that makes no sense."""
    values = {name: asked.argument(name) for name in NAMES if asked.argument(name)}
    for name, choices in CHOICES.items():
        if values.get(name, choices[0]) not in choices:
            raise Refused(400)
    for name in ("from", "to"):
        if name in values:
            _midnight(values[name], 0)
    below = values.get("below", "1")
    if not (below.isascii() and below.isdecimal() and 0 < int(below[:4]) <= SURE):
        raise Refused(400)
    if values.get("hour", "0-0") not in hours.HOURS:
        raise Refused(400)
    if len(values.get("q", "")) > LONGEST_SEARCH or max(map(len, values.values()), default=0) > LONGEST_NAME:
        raise Refused(400)
    return Filter(values)


def _midnight(day: str, after: int) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(day) + timedelta(days=after), time(), zone())
    except (ValueError, OverflowError):
        raise Refused(400, "A day is written as 2026-11-23.") from None


def _rare(name: str, wanted: str) -> Any:
    return RARE[name] if wanted else None


def has_topic(topic: str) -> Any:
    """Return SQL that says whether a conversation is about something."""
    theirs = conversation_topics.c.conversation == conversations.c.id
    return sa.exists().where(theirs, conversation_topics.c.topic == topic)
