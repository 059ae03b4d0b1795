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
from clinic.nlu.said_names import ALSO_NAMES, WORD, given_name, said_name, volunteered_name
from clinic.nlu.topics import READING
from clinic.settings import clinic

INTRODUCING = frozenset({"book", "human_handoff", "reschedule", "cancel_booking", "booking_status"})
ASKED_FOR = frozenset({"client_name", "handoff_name"})


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
        """Say whether a message in lower case says something known, or nearly ("tomorow moring")."""
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
