"""Reads a short follow-up ("and after that?") together with the topic before it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from clinic.nlu.component import TrainedComponent
from clinic.nlu.topics import FAQ, IN_CONTEXT, IN_PLACE, TOPIC_BEFORE

CARRIED = frozenset({"medical_advice", "complaint"})  # what people go on about, beside questions


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class Context(TrainedComponent):
    """Adds what lets a follow-up be understood: the title of the topic before, then the message.

    It is read as a whole, and the message's words are read as they are meant in it.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """See rasa.engine.graph.GraphComponent."""
        return {
            "turns": 4,  # how many of the visitor's messages back a topic may lie
            "most_words": 10,  # a longer message stands on its own
        }

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._titles: dict[str, str] = {}

    def train(self, training_data: TrainingData) -> Resource:
        """Keep each topic's title: the first of its examples."""
        for example in training_data.intent_examples:
            self._titles.setdefault(example.get_full_intent(), example.get(TEXT))
        with self._model_storage.write_to(self._resource) as folder:
            (folder / "titles.json").write_text(json.dumps(self._titles), encoding="utf-8")
        return self._resource

    def process(self, messages: list[Message], tracker: DialogueStateTracker) -> list[Message]:
        """Set ``in_context`` and ``in_place`` on short messages after a topic of the last turns."""
        topic = None if tracker.active_loop_name else last_topic(tracker, self._config["turns"])
        for message in messages:
            text = message.get(TEXT) or ""
            if topic in self._titles and 0 < len(text.split()) <= self._config["most_words"]:
                message.set(IN_CONTEXT, Message({TEXT: f"{self._titles[topic]} {text}"}))
                message.set(IN_PLACE, Message({TEXT: text}))
                message.set(TOPIC_BEFORE, topic)
        return messages

    def read(self, folder: Path) -> None:
        """See TrainedComponent."""
        self._titles = json.loads((folder / "titles.json").read_text(encoding="utf-8"))


def last_topic(tracker: DialogueStateTracker, turns: int) -> str | None:
    """Return the topic that was answered last within the visitor's last ``turns`` messages, or None."""
    said = [event for event in tracker.events if isinstance(event, UserUttered)][-turns:]
    for event in reversed(said):
        if event.intent_name in CARRIED:
            return event.intent_name
        if event.intent_name == FAQ:
            selection = event.parse_data.get("response_selector", {}).get(FAQ, {})
            return selection.get("response", {}).get("intent_response_key")
    return None
