"""Notices another language, so that it is answered in that language: English only, and whom to ask."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from ruamel.yaml import YAML

from clinic.nlu.component import TrainedComponent
from clinic.nlu.extractor import requested_slot
from clinic.nlu.normal import normal
from clinic.nlu.topics import FAQ, OUT_OF_SCOPE, Reading, decide, spelling

ENGLISH = "en"
WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
CONTACT = re.compile(r"\S+@\S+|https?://\S+")
# Tells languages of other letters apart; Latin letters say nothing.
OTHER_LETTERS = re.compile(r"[^\W\d_A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
FEW = 2  # words that do not suffice for statistics
LISTED = 2  # listed words that make a language; one of a message of two words


@cache
def words() -> dict[str, frozenset[str]]:
    """Return each language's listed words."""
    return {name: frozenset(listed) for name, listed in _file()["words"].items()}


@cache
def _file() -> dict[str, Any]:
    return YAML(typ="safe").load(Path(__file__).with_name("languages.yml").read_text(encoding="utf-8"))


@cache
def _identifier() -> Any:
    """Return py3langid's model of these languages: 10 MB, read with the first message that needs it."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415

    identifier = LanguageIdentifier.from_pickled_model(MODEL_FILE, norm_probs=True)
    identifier.set_languages([ENGLISH, *words(), *_file()["letters"]])
    return identifier


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class Language(TrainedComponent):
    """Sets ``language`` and the intent out_of_scope on what is not English; English noise stays English."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """See rasa.engine.graph.GraphComponent."""
        return {
            "english": 0.5,  # from this share of words that the examples have, a message is English
            "threshold": 0.9,  # the probability from which statistics are believed
        }

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._english: frozenset[str] = frozenset()

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the English words of the clinic's topics; off topic, anything may stand."""
        examples = [e for e in training_data.intent_examples if e.get_full_intent() != OUT_OF_SCOPE]
        counts = Counter(word for example in examples for word in set(WORD.findall(spelling(example))))
        self._english = frozenset(word for word, count in counts.items() if count > 1)
        with self._model_storage.write_to(self._resource) as folder:
            (folder / "words.json").write_text(json.dumps(sorted(self._english)), encoding="utf-8")
        return self._resource

    def process(self, messages: list[Message], tracker: DialogueStateTracker) -> list[Message]:
        """Set the language of messages, but not of what a form asked for: a name is of any language."""
        if requested_slot(tracker):
            return messages
        for message in messages:
            language = self.language_of(message)
            if language != ENGLISH:
                reading = Reading(((OUT_OF_SCOPE, 1.0), (f"{FAQ}/contact", 0.0)), 1.0, sure=True)
                decide(message, reading)
                message.set("language", language, add_to_output=True)
        return messages

    def language_of(self, message: Message) -> str:
        """Return the ISO 639-1 code of a message's language; ``en`` in doubt."""
        text = CONTACT.sub(" ", normal(message.get(TEXT) or ""))
        said = WORD.findall(text)
        if not said:
            return ENGLISH
        if len(OTHER_LETTERS.findall(text)) * 2 > sum(map(len, said)):
            return str(_listed(said) or _identifier().classify(text)[0])
        if self._is_english(said):
            return ENGLISH
        if listed := _listed(said):
            return listed
        if self._is_english(WORD.findall(CONTACT.sub(" ", spelling(message)))):
            return ENGLISH
        return self._statistics(text) if len(said) > FEW else ENGLISH

    def _is_english(self, said: list[str]) -> bool:
        return sum(word in self._english for word in said) >= self._config["english"] * len(said)

    def _statistics(self, text: str) -> str:
        language, probability = _identifier().classify(text)
        return str(language) if probability >= self._config["threshold"] else ENGLISH

    def read(self, folder: Path) -> None:
        """See TrainedComponent."""
        self._english = frozenset(json.loads((folder / "words.json").read_text(encoding="utf-8")))


def _listed(said: list[str]) -> str | None:
    """Return the language that lists most of the words, where it lists enough of them."""
    shares = {name: sum(word in listed for word in said) for name, listed in words().items()}
    best = max(shares, key=lambda name: shares[name])
    return best if shares[best] >= min(LISTED, len(said)) else None
