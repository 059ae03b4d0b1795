"""The files that were uploaded to the simulated WhatsApp: each has a number, by which a message names it."""

from __future__ import annotations

import itertools
from typing import Any

from clinic.channels.simulator.forms import File

# The types of documents that Meta supports; others may be taken, and nothing is promised of them.
SUPPORTED = frozenset({
    "text/plain",
    "application/pdf",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
})  # fmt: skip
LARGEST = 100 * 1024 * 1024  # bytes


class Uploads:
    """The files of one phone number."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1_013_859_600_285_441)
        self._files: dict[str, bytes] = {}

    def take(self, form: dict[str, Any], *, takes_files: bool) -> str | None:
        """Keep a file and return its number, or None where the form is wrong or its type is not taken.

        Args:
            form: The fields messaging_product, type and file.
            takes_files: Whether types beyond the supported ones are taken.

        """
        file = form.get("file")
        if not isinstance(file, File) or form.get("messaging_product") != "whatsapp":
            return None
        known = file.type in SUPPORTED or takes_files
        if not known or file.type != form.get("type") or not 0 < len(file.content) <= LARGEST:
            return None
        number = str(next(self._numbers))
        self._files[number] = file.content
        return number

    def wrong(self, content: dict[str, Any]) -> str | None:
        """Return what is wrong with the file of a message, or None."""
        inner = content.get("document", {})
        if content.get("type") != "document" or inner.get("id") in self._files or inner.get("link"):
            return None
        return "Param document['id'] is not a valid whatsapp business account media attachment ID"

    def content_of(self, content: dict[str, Any]) -> bytes | None:
        """Return the file that a message carries, or None."""
        return self._files.get(content.get("document", {}).get("id", ""))
