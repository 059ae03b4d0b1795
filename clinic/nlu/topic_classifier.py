"""The intent classifier over all topics, retrieval intents included."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from clinic.nlu.component import TrainedComponent
from clinic.nlu.remembered import Remembered
from clinic.nlu.tfidf import stacked
from clinic.nlu.topic_model import Inputs, TopicModel
from clinic.nlu.topic_training import train
from clinic.nlu.topics import EMERGENCY, OUT_OF_SCOPE, READING, Reading, decide, heard, with_parts


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TopicClassifier(TrainedComponent, IntentClassifier):
    """Reads every message and its parts, and sets the intent; later components may revise it."""

    @classmethod
    def required_components(cls) -> list[type]:
        """See rasa.engine.graph.GraphComponent."""
        return [Featurizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """See rasa.engine.graph.GraphComponent."""
        return {
            # How much worse a wrong answer is than asking back for nothing. Confidence is a calibrated
            # probability, so an answer is given from cost / (1 + cost) on. Higher asks back more.
            "wrong_answer_costs": 1.1,
            # How many texts' readings are kept for the next time they are said.
            "remembered": 1000,
        }

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._model: TopicModel | None = None
        self._titles: dict[str, str] = {}
        self._remembered: Remembered[Reading] = Remembered(config["remembered"])

    def train(self, training_data: TrainingData) -> Resource:
        """Train on all intent examples."""
        examples = sorted(training_data.intent_examples, key=lambda example: example.get_full_intent())
        self._model = train(
            _inputs(examples),
            [example.get_full_intent() for example in examples],
            self._config["wrong_answer_costs"],
        )
        for example in examples:  # a topic's first example is its title
            self._titles.setdefault(example.get_full_intent(), example.get(TEXT))
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder / "topics.npz")
            (folder / "titles.json").write_text(json.dumps(self._titles), encoding="utf-8")
            texts = [example.get(TEXT) for example in examples]  # for explain and the data's check
            (folder / "examples.json").write_text(json.dumps(texts), encoding="utf-8")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set each message's and part's reading, and each message's intent."""
        model, parts = self._model, with_parts(messages)
        if model is None or not parts:
            return messages
        texts = [heard(part) for part in parts]
        readings = self._remembered.each(texts, lambda which: model.read(_inputs([parts[i] for i in which])))
        for part, reading in zip(parts, readings, strict=True):
            part.set(READING, reading)
        for message in messages:
            reading = message.get(READING)
            decide(message, reading)
            message.set("suggestions", self._suggestions(reading), add_to_output=True)
        return messages

    def read(self, folder: Path) -> None:
        """See TrainedComponent."""
        self._model = TopicModel.from_file(folder / "topics.npz")
        self._titles = json.loads((folder / "titles.json").read_text(encoding="utf-8"))

    def _suggestions(self, reading: Reading) -> list[str]:
        """Return the titles of the two likeliest topics, to ask back with."""
        topics = [topic for topic, _ in reading.ranking if topic not in {OUT_OF_SCOPE, EMERGENCY}]
        return [self._titles[topic] for topic in topics[:2]]


def _inputs(messages: list[Message]) -> Inputs:
    dense = [_sentence_feature(message, is_dense=True) for message in messages]
    sparse = [_sentence_feature(message, is_dense=False) for message in messages]
    return Inputs(np.vstack(dense), stacked(sparse) if len(sparse) > 1 else sparse[0])


def _sentence_feature(message: Message, *, is_dense: bool) -> Any:
    return next(
        feature.features
        for feature in message.features
        if feature.attribute == TEXT
        and feature.type == FEATURE_TYPE_SENTENCE
        and feature.is_dense() == is_dense
    )
