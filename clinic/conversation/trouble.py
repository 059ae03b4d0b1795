"""What a visitor reads when something went wrong on our side, and how the rest of the code is told."""

from __future__ import annotations

from clinic.settings import clinic
from clinic.settings.wording import contact

TROUBLE = "utter_system_trouble"  # the name of the apology in every conversation's events
NOTHING_LOST = "Sorry, something went wrong on our side. Nothing you've told me is lost."
NOT_NOW = "Sorry, something is wrong on our side just now."


class Unavailable(Exception):
    """The database cannot be used at the moment: nothing was changed, and the message may come again."""


def apology(*, remembered: bool) -> str:
    """Return what happened and what to do, with the clinic's contact when it has given one.

    Args:
        remembered: Whether the visitor's message was kept.

    """
    words = f"{NOTHING_LOST if remembered else NOT_NOW} Please try again in a moment"
    reach = contact(clinic())
    return f"{words}, or reach the clinic here: {reach}" if reach else f"{words}."
