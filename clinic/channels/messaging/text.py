"""Words cut to what a platform takes: long ones into several messages, titles to their length."""

from __future__ import annotations

import re

# Where a text is cut, best first; the cut stands after the match.
CUTS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"[.!?…][\"'\u201d\u2019)]*\s+"),
    re.compile(r"\s+"),
)
LEAST = 3  # a part is never shorter than a third of the limit, unless nothing else can be done


def pieces(text: str, limit: int) -> list[str]:
    """Return a text as parts of at most ``limit`` UTF-16 units: cut after sentences where it can be.

    Nothing but the white space at the cuts is lost. An empty text has no parts.
    """
    found, rest = [], text.strip()
    while rest:
        at = _cut(rest, limit)
        found.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return found


def size(text: str) -> int:
    """Return the length of a text as the platforms count it: in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def title(text: str, limit: int) -> str:
    """Return a button's title of at most ``limit`` characters, cut at a word where it can be."""
    text = " ".join(text.split())
    if size(text) <= limit:
        return text
    whole = _fitting(text, limit - 1)
    word = whole.rfind(" ")
    return whole[: word if word > limit // 2 else None].rstrip(" ,.;:") + "…"


def _cut(text: str, limit: int) -> int:
    if size(text) <= limit:
        return len(text)
    window = _fitting(text, limit)
    for pattern in CUTS:
        ends = [match.end() for match in pattern.finditer(window) if match.end() > len(window) // LEAST]
        if ends:
            return ends[-1]
    return len(window)


def _fitting(text: str, limit: int) -> str:
    """Return the beginning of a text that fits."""
    window = text[:limit]
    while size(window) > limit:
        window = window[:-1]
    return window
