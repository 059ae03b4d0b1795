"""Names in a text: said outright, or given as the whole answer. Nothing here imports Rasa."""

from __future__ import annotations

import re
from pathlib import Path

WORD = r"[^\W\d_]+(?:['’.\-][^\W\d_]+)*\.?"
NAME = rf"{WORD}(?:\s+{WORD}){{0,3}}"
SAID = re.compile(
    r"\b(?:(?:my|the) (?:full )?name(?:'s|s|\s+is|\s+to|\s+should be|\s*:)?|name(?:\s+is|\s*:|'s)|(?:i\s*am|i'm|im|this is|it's|its|call me"
    rf"|here is|under the name(?: of)?|for)|signed)\s+(?P<name>{NAME})",
    re.IGNORECASE,
)
LOOSE = re.compile(r"^(?:i\s*am|i'm|im|this is|it's|its|for|here is)\b", re.IGNORECASE)
# Words that follow "I'm" or "for" and are no names, and words that end a name.
NO_NAME = frozenset(Path(__file__).with_name("no_names.txt").read_text(encoding="ascii").split())
ALSO_NAMES = frozenset("april may june august will mark rose grace joy hope faith summer dawn eve".split())
MOST_WORDS = 5


def said_name(text: str, known_words: frozenset[str] = frozenset()) -> tuple[str, int, int] | None:
    """Return (name, start, end) where a text introduces somebody, or None.

    After a loose opening ("im …", "for …") a lower-case word of ``known_words`` is no name.
    """
    start = 0
    while match := SAID.search(text, start):
        start = match.start() + 1  # "for friday im sarah": the second opening lies in the first match
        words = _until_no_name(match["name"])
        loose = bool(LOOSE.match(match[0]))
        if words and (not loose or not words[0].islower() or words[0] not in known_words):
            name = " ".join(words)
            return _tidy(name), match.start("name"), match.start("name") + len(name)
    return None


def given_name(text: str) -> tuple[str, int, int] | None:
    """Return (name, start, end) where a whole text is a name, or None.

    April, Will and Mark Early are names too: of several words one must be no plain word, or all
    be written like names.
    """
    given = re.sub(r"\W+(?:please|pls|thanks|here)\W*$", "", text.strip(), flags=re.IGNORECASE)
    match = re.fullmatch(rf"\W*(?P<name>{NAME}(?:\s+{WORD})?)\W*", given)
    if not match or len(match["name"].split()) > MOST_WORDS:
        return None
    words = match["name"].split()
    plain = [word.lower().strip(".") in NO_NAME for word in words]
    capitals = all(word[0].isupper() for word in words)
    if all(plain) and not (capitals and words[0].lower() in ALSO_NAMES):
        return None
    if len(words) > 1 and plain[-1] and not capitals:
        return None
    start = text.index(match["name"])
    return _tidy(match["name"]), start, start + len(match["name"])


def _until_no_name(name: str) -> list[str]:
    words: list[str] = []
    for word in name.split():
        if word.lower().rstrip(".") in NO_NAME:
            break
        words.append(word)
        if word.endswith(".") and len(word) > 3:  # the end of a sentence, not an initial
            break
    return words


def _tidy(name: str) -> str:
    """Return the name with capitals where the writer used none; others' spelling is kept."""
    name = " ".join(name.split()).strip(" .")
    return name.title().replace("'S", "'s") if name.islower() and name.isascii() else name
