"""The spelling that the classifier reads: one form for each text, misspelt words put right."""

from __future__ import annotations

import json
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from clinic.nlu.minilm import whole_words
from clinic.nlu.normal import normal
from clinic.nlu.speller import Speller
from clinic.nlu.topics import SPELT, with_parts


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class Spelling(GraphComponent):
    """Sets ``spelt`` on each message and its parts, which the featurizers read instead of the text."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """See rasa.engine.graph.GraphComponent."""
        return {}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Spelling:
        """See rasa.engine.graph.GraphComponent."""
        return cls(model_storage, resource)

    def __init__(
        self, model_storage: ModelStorage, resource: Resource, speller: Speller | None = None
    ) -> None:
        self._model_storage, self._resource = model_storage, resource
        self._speller = speller or Speller({})

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the words of the examples; they are not put right themselves."""
        texts = (normal(example.get(TEXT)) for example in training_data.intent_examples)
        counts = Speller.learn(texts, whole_words()).counts
        with self._model_storage.write_to(self._resource) as folder:
            (folder / "words.json").write_text(json.dumps(counts), encoding="utf-8")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set each message's and part's spelling."""
        for part in with_parts(messages):
            part.set(SPELT, self._speller.corrected(normal(part.get(TEXT) or "")))
        return messages

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Spelling:
        """See rasa.engine.graph.GraphComponent."""
        with model_storage.read_from(resource) as folder:
            counts = json.loads((folder / "words.json").read_text(encoding="utf-8"))
        return cls(model_storage, resource, Speller(counts))
