"""Personal data taken out of free text: names, phone numbers and e-mail addresses."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from typing import Any

from clinic.nlu.contacts import EMAIL, find_contacts
from clinic.nlu.said_names import said_name
from clinic.settings import ClinicFileError, clinic

NAME, PHONE, ADDRESS = "[name]", "[phone]", "[e-mail]"
NUMBER = re.compile(r"(?<![\w-])\+?\(?\d(?:[\s().\-/]{0,3}\d){6,14}(?![\w-])")
DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d)?|\d\d?[./-]\d\d?[./-]\d{2,4}")
QUOTED = re.compile(r"^(LINE \d+|DETAIL|CONTEXT):.*\n?(\s*\^\n?)?", re.MULTILINE)  # PostgreSQL quotes values
SHORTEST_KNOWN = 3  # characters: a shorter value would be found in other words
MOST_NAMES = 5
PERSONAL = frozenset({"name", "phone", "email", "reference"})
PERSONAL_SLOTS = frozenset(
    {"client_name", "client_contact", "handoff_name", "handoff_contact", "manage_contact"}
)


def personal(event: dict[str, Any]) -> list[str]:
    """Return the names and contacts that were understood in an event."""
    if event["event"] == "slot" and event.get("name") in PERSONAL_SLOTS:
        return [str(event["value"])] if event.get("value") else []
    said = event.get("text") or ""
    entities = (event.get("parse_data") or {}).get("entities") or []
    found = [e for e in entities if e.get("entity") in PERSONAL]
    return [str(e["value"]) for e in found] + [said[e.get("start", 0) : e.get("end", 0)] for e in found]


def masked(text: str, known: Iterable[str] = ()) -> str:
    """Return the text without names that are said outright, phone numbers and e-mail addresses.

    Args:
        text: Free text, a visitor's or an error's.
        known: Names and contacts that are known to be personal, wherever they stand.

    """
    for value in sorted(known, key=len, reverse=True):
        if len(value) >= SHORTEST_KNOWN:
            text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", NAME, text, flags=re.IGNORECASE)
    return _without_names(without_contacts(text))


def without_contacts(text: str) -> str:
    """Return the text without phone numbers and e-mail addresses; times and dates stay."""
    text = EMAIL.sub(ADDRESS, text)
    found = [found for found in find_contacts(text, _country()) if found[0] == "phone"]
    for _, _, start, end in sorted(found, key=lambda one: one[2], reverse=True):
        text = text[:start] + PHONE + text[end:]
    return NUMBER.sub(lambda match: match[0] if DATE.match(match[0]) else PHONE, text)


def _without_names(text: str) -> str:
    for _ in range(MOST_NAMES):
        name = said_name(text)
        if name is None:
            break
        text = text[: name[1]] + NAME + text[name[2] :]
    return text


def _country() -> str:
    try:
        return clinic().country
    except ClinicFileError:  # a log line is masked all the same
        return "GB"


class MaskContacts(logging.Filter):
    """Masks contacts, and the values that PostgreSQL quotes, in whatever is logged, tracebacks included."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record; let every record pass."""
        record.msg, record.args = without_contacts(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = without_contacts(QUOTED.sub("", record.exc_text))
        return True


def mask_logs() -> None:
    """Mask what this process logs from now on (harmless when repeated)."""
    for handler in logging.getLogger().handlers:
        if not any(isinstance(known, MaskContacts) for known in handler.filters):
            handler.addFilter(MaskContacts())
