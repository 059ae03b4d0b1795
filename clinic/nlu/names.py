"""People's names: said outright ("I'm Jane O'Neil"), or given when a form asks for one."""

from __future__ import annotations

import difflib
import json
import re
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from clinic.nlu.component import TrainedComponent
from clinic.nlu.extractor import add_entity, requested_slot, without_entities
from clinic.nlu.topics import READING
from clinic.settings import clinic

INTRODUCING = frozenset({"book", "human_handoff", "reschedule", "cancel_booking", "booking_status"})
ASKED_FOR = frozenset({"client_name", "handoff_name"})
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


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class Names(TrainedComponent):
    """Adds the entity ``name``. In training it learns which lower-case words are words and no names."""

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        words: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(config, model_storage, resource)
        self._words = words

    def train(self, training_data: TrainingData) -> Resource:
        """Keep the words of all examples in which nobody introduces themselves."""
        said = (e.get(TEXT) for e in training_data.intent_examples if e.get(INTENT) not in INTRODUCING)
        self._words = frozenset(word for text in said for word in re.findall(WORD, text.lower()))
        with self._model_storage.write_to(self._resource) as folder:
            (folder / "words.json").write_text(json.dumps(sorted(self._words)), encoding="utf-8")
        return self._resource

    def process(self, messages: list[Message], tracker: DialogueStateTracker) -> list[Message]:
        """Add a name where a message introduces somebody while booking, or answers a form's question."""
        slot = requested_slot(tracker)
        for message in messages:
            text = without_entities(message, ",")
            booking = slot is not None or message.get(INTENT, {}).get("name") in INTRODUCING
            found = said_name(text, self._words) if booking or _has_contact(message) else None
            if not found and slot in ASKED_FOR and not _is_something_else(message):
                found = given_name(_before_contact(message))
            elif not found and slot:
                found = volunteered_name(_before_contact(message), self._words, _others())
                found = None if found and self._is_plain(message) else found
            if found:
                add_entity(message, "name", *found)
        return messages

    def _is_plain(self, message: Message) -> bool:
        """Say whether a message in lower case says something known, or nearly so, as "tomorow moring" does."""
        reading, text = message.get(READING), message.get(TEXT) or ""
        if not text.islower():
            return False
        if reading is not None and reading.is_known:
            return True
        return any(difflib.get_close_matches(word, self._words, n=1, cutoff=0.8) for word in text.split())

    def read(self, folder: Path) -> None:
        """See TrainedComponent."""
        self._words = frozenset(json.loads((folder / "words.json").read_text(encoding="utf-8")))


def _others() -> frozenset[str]:
    settings = clinic()
    services = (name for service in settings.services for name in (service.name, *service.also))
    return frozenset(map(str.lower, (*services, *(person.name for person in settings.practitioners))))


def _has_contact(message: Message) -> bool:
    return any(entity["entity"] in {"phone", "email"} for entity in message.get(ENTITIES) or [])


def _before_contact(message: Message) -> str:
    """Return the text up to its first other entity: "jane doe, 07700 900123"."""
    starts = [e["start"] for e in message.get(ENTITIES) or [] if e["entity"] in {"phone", "email"}]
    return (message.get(TEXT) or "")[: min(starts, default=None)]


def _is_something_else(message: Message) -> bool:
    """Say whether a form's question was answered with a clear question or command instead."""
    reading, text = message.get(READING), message.get(TEXT) or ""
    words = text.split()
    if "?" in text:
        return True
    if reading is None or not reading.is_known or (len(words) > 1 and all(w[0].isupper() for w in words)):
        return False
    return len(words) > 2 or (reading.confidence > 0.8 and words[0].lower() not in ALSO_NAMES)
