"""The sentence embedding as a dense featurizer."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from clinic.nlu.minilm import MiniLM
from clinic.nlu.normal import normal
from clinic.nlu.topics import with_parts


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEmbedding(DenseFeaturizer, GraphComponent):
    """Adds one dense sentence feature, float32 [1, 384], to each message and its parts."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """See rasa.engine.graph.GraphComponent."""
        return {
            "alias": None,
            # Threads for a message; training uses all cores.
            "threads": 1,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEmbedding:
        """See rasa.engine.graph.GraphComponent."""
        return cls(config)

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__("SentenceEmbedding", config)
        self._model: MiniLM | None = None

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
        self._model = self._model or MiniLM(self._config["threads"])
        self._add_features(with_parts(messages), self._model)
        return messages

    @classmethod
    def load(cls, *args: Any, **kwargs: Any) -> SentenceEmbedding:
        """Load the ONNX model at start, not with the first visitor's message."""
        component = super().load(*args, **kwargs)
        component._model = MiniLM(component._config["threads"])
        return component

    def _add_features(self, messages: list[Message], model: MiniLM) -> None:
        texts = [normal(message.get(TEXT) or "") for message in messages]
        for message, vector in zip(messages, model.embed(texts), strict=True):
            feature = np.asarray(vector, np.float32)[None, :]
            message.add_features(Features(feature, FEATURE_TYPE_SENTENCE, TEXT, self._identifier))
