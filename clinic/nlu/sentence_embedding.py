"""The sentence embedding as a dense featurizer."""

from __future__ import annotations

import os
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from clinic.nlu.component import Component
from clinic.nlu.minilm import MEAN, SIZE, MiniLM
from clinic.nlu.remembered import Remembered
from clinic.nlu.topics import spelling, with_parts


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEmbedding(Component, DenseFeaturizer):
    """Adds one dense sentence feature, float32 [1, 384] or [1, 768], to each message and its parts."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """See rasa.engine.graph.GraphComponent."""
        return {
            "alias": None,
            # Threads for a message; training uses all cores.
            "threads": 1,
            # Whether the maximum over the tokens stands beside their mean: two points more right where a
            # topic has ten examples, none here, where it has ninety (evaluation/results.md).
            "maximum": False,
            # How many texts' numbers are kept for the next time they are said: greetings, buttons, "yes".
            "remembered": 1000,
        }

    def __init__(self, config: dict[str, Any]) -> None:
        DenseFeaturizer.__init__(self, "SentenceEmbedding", config)
        self._model: Remembered | None = None

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """See rasa.nlu.featurizers.featurizer.Featurizer."""

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Featurize every training example, on all cores."""
        examples = [m for m in training_data.training_examples if m.get(TEXT)]
        self._add_features(examples, MiniLM(os.cpu_count() or 1))
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Featurize messages, their clauses and their readings in context in one batch."""
        self._model = self._model or Remembered(MiniLM(self._config["threads"]), self._config["remembered"])
        self._add_features(with_parts(messages), self._model)
        return messages

    @classmethod
    def load(cls, *args: Any, **kwargs: Any) -> SentenceEmbedding:
        """Load the ONNX model at start, not with the first visitor's message."""
        component = super().load(*args, **kwargs)
        component._model = Remembered(MiniLM(component._config["threads"]), component._config["remembered"])
        return component

    def _add_features(self, messages: list[Message], model: MiniLM | Remembered) -> None:
        texts = [spelling(message) for message in messages]
        size = SIZE if self._config["maximum"] else MEAN
        for message, vector in zip(messages, model.embed(texts)[:, :size], strict=True):
            message.add_features(Features(vector[None, :], FEATURE_TYPE_SENTENCE, TEXT, self._identifier))
