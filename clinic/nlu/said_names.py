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
HERE = re.compile(rf"(?:^|[,.!]\s*)(?P<name>{NAME})\s+here\b", re.IGNORECASE)  # "hi, jane doe here"
LOOSE = re.compile(r"^(?:i\s*am|i'm|im|this is|it's|its|for|here is)\b", re.IGNORECASE)
# Words that follow "I'm" or "for" and are no names, and words that end a name.
NO_NAME = frozenset(Path(__file__).with_name("no_names.txt").read_text(encoding="ascii").split())
ALSO_NAMES = frozenset("april may june august will mark rose grace joy hope faith summer dawn eve".split())
OPENING = re.compile(
    r"^\W*(?:(?:oh|ah|oops|sorry|no|nope|wait|actually|ok|okay|well|hi|hello|hey)[\s,!.:;-]+){1,3}(?=\w)",
    re.IGNORECASE,
)
MOST_WORDS = 5


def said_name(text: str, known_words: frozenset[str] = frozenset()) -> tuple[str, int, int] | None:
    """Return (name, start, end) where a text introduces somebody, or None.

    After a loose opening ("im …", "for …") a lower-case word of ``known_words`` is no name.
    """
    here = HERE.search(text)
    if here and _is_unusual(here["name"].split(), known_words):
        return _tidy(here["name"]), here.start("name"), here.end("name")
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
    """Return (name, start, end) where a whole text is a name, or None; "sorry, Jane Burg" is one too.

    April, Will and Mark Early are names too: of several words one must be no plain word, or all
    be written like names.
    """
    given = re.sub(r"\W+(?:please|pls|thanks|here)\W*$", "", text.strip(), flags=re.IGNORECASE)
    given = OPENING.sub("", given)
    match = re.fullmatch(rf"\W*(?P<name>{NAME}(?:\s+{WORD})?)\W*", given)
    if not match or len(match["name"].split()) > MOST_WORDS:
        return None
    words = match["name"].split()
    plain = [word.lower().strip(".") in NO_NAME for word in words]
    capitals = all(word[0].isupper() for word in words)
    if plain[0] and not (capitals and words[0].lower() in ALSO_NAMES):
        return None
    if len(words) > 1 and plain[-1] and not capitals:
        return None
    start = text.index(match["name"])
    return _tidy(match["name"]), start, start + len(match["name"])


def volunteered_name(
    text: str, known_words: frozenset[str], others: frozenset[str]
) -> tuple[str, int, int] | None:
    """Return (name, start, end) where a whole text is a first and a last name, though not asked for.

    Args:
        text: What somebody wrote.
        known_words: What is a word and no name: a name needs one word that is not among them.
        others: Names, in lower case, of people and services of the clinic.

    """
    found = given_name(text)
    if not found or found[0].lower() in others or not 1 < len(found[0].split()) < MOST_WORDS:
        return None
    return found if _is_unusual(text[found[1] : found[2]].split(), known_words) else None


def _is_unusual(words: list[str], known_words: frozenset[str]) -> bool:
    """Say whether no word is a plain one, and one of them, or all that are in lower case, are unknown."""
    unknown = [word.lower().strip(".") not in known_words for word in words]
    plain = any(word.lower().strip(".") in NO_NAME - ALSO_NAMES for word in words)
    return (
        not plain and any(unknown) and all(u or w[0].isupper() for u, w in zip(unknown, words, strict=True))
    )


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
