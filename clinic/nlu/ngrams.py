"""Word and character n-grams, weighted by tf-idf, as a sparse featurizer."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from clinic.nlu.component import TrainedComponent
from clinic.nlu.remembered import Remembered
from clinic.nlu.tfidf import Tfidf, characters, words
from clinic.nlu.topics import spelling, with_parts


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class Ngrams(TrainedComponent, SparseFeaturizer):
    """Adds one sparse sentence feature [1, vocabulary], words' and characters' side by side."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """See rasa.engine.graph.GraphComponent."""
        return {
            "alias": None,
            "words": [1, 2],  # shortest and longest run of words
            "characters": [2, 5],  # shortest and longest run of characters within a word
            "rare": 2,  # a run in fewer examples than this is left out
            "remembered": 1000,  # texts whose n-grams are kept for the next time they are said
        }

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        TrainedComponent.__init__(self, config, model_storage, resource)
        SparseFeaturizer.__init__(self, "Ngrams", config)
        self._terms = [words(*config["words"]), characters(*config["characters"])]
        self._tfidf = Tfidf(self._terms, [[], []], np.zeros(0))
        self._remembered: Remembered[scipy.sparse.csr_matrix] = Remembered(config["remembered"])

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """See rasa.nlu.featurizers.featurizer.Featurizer."""

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the vocabularies and their weights."""
        texts = [spelling(example) for example in training_data.intent_examples]
        self._tfidf = Tfidf.learn(self._terms, texts, self._config["rare"])
        self._persist()
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Featurize every training example."""
        examples = [m for m in training_data.training_examples if m.get(TEXT)]
        self._add_features(examples, self._tfidf.rows([spelling(example) for example in examples]))
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Featurize messages and their parts."""
        parts = with_parts(messages)
        texts = [spelling(part) for part in parts]
        rows = self._remembered.each(texts, lambda which: [self._tfidf.rows([texts[i]]) for i in which])
        self._add_features(parts, rows)
        return messages

    def _add_features(self, messages: list[Message], rows: Iterable[scipy.sparse.csr_matrix]) -> None:
        for message, row in zip(messages, rows, strict=True):
            message.add_features(Features(row, FEATURE_TYPE_SENTENCE, TEXT, self._identifier))

    def _persist(self) -> None:
        with self._model_storage.write_to(self._resource) as folder:
            terms = [list(vocabulary) for vocabulary in self._tfidf.vocabularies]
            (folder / "terms.json").write_text(json.dumps(terms), encoding="utf-8")
            np.save(folder / "idf.npy", self._tfidf.idf)

    def read(self, folder: Path) -> None:
        """See TrainedComponent."""
        terms = json.loads((folder / "terms.json").read_text(encoding="utf-8"))
        self._tfidf = Tfidf(self._terms, terms, np.load(folder / "idf.npy"))
