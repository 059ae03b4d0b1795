"""The sentence embedding as a dense featurizer."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from clinic.nlu.component import Component
from clinic.nlu.minilm import MiniLM
from clinic.nlu.remembered import Remembered
from clinic.nlu.topics import AROUND, heard, spelling, with_parts


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEmbedding(Component, DenseFeaturizer):
    """Adds one dense sentence feature, float32 [1, 384], to each message and its parts."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """See rasa.engine.graph.GraphComponent."""
        return {
            "alias": None,
            # Threads for a message; training uses all cores.
            "threads": 1,
            # How many texts' numbers are kept for the next time they are said: greetings, buttons, "yes".
            "remembered": 1000,
        }

    def __init__(self, config: dict[str, Any]) -> None:
        DenseFeaturizer.__init__(self, "SentenceEmbedding", config)
        self._model: MiniLM | None = None
        self._remembered: Remembered[np.ndarray] = Remembered(config["remembered"])

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """See rasa.nlu.featurizers.featurizer.Featurizer."""

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Featurize every training example, on all cores."""
        examples = [m for m in training_data.training_examples if m.get(TEXT)]
        vectors = MiniLM(os.cpu_count() or 1).embed([spelling(example) for example in examples])
        self._add_features(examples, vectors)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Featurize messages, their clauses and their readings in context together."""
        model = self._model = self._model or MiniLM(self._config["threads"])
        parts = with_parts(messages)

        def embed(which: list[int]) -> np.ndarray:
            some = [parts[i] for i in which]
            around = [part.get(AROUND) or "" for part in some]
            return model.embed_in_place([spelling(part) for part in some], around)

        vectors = self._remembered.each([heard(part) for part in parts], embed)
        self._add_features(parts, vectors)
        return messages

    @classmethod
    def load(cls, *args: Any, **kwargs: Any) -> SentenceEmbedding:
        """Load the ONNX model at start, not with the first visitor's message."""
        component = super().load(*args, **kwargs)
        component._model = MiniLM(component._config["threads"])
        return component

    def _add_features(self, messages: list[Message], vectors: Iterable[np.ndarray]) -> None:
        for message, vector in zip(messages, vectors, strict=True):
            message.add_features(Features(vector[None], FEATURE_TYPE_SENTENCE, TEXT, self._identifier))
