"""The spelling that the classifier reads: one form for each text, misspelt words put right."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from clinic.nlu.component import TrainedComponent
from clinic.nlu.contacts import EMAIL
from clinic.nlu.minilm import whole_words
from clinic.nlu.normal import normal, plain
from clinic.nlu.speller import Speller
from clinic.nlu.topics import AROUND, CLAUSES, IN_CONTEXT, IN_PLACE, SPELT, with_parts

# An appointment's reference (clinic.nlu.contacts), which says nothing but that there is one.
REFERENCE = re.compile(r"\b[a-hjkmnp-z]{3}-?[2-9]{3}\b")


# Who somebody is and how to reach them says nothing about what is asked: it is left out.
CONTACTS = re.compile(rf"{EMAIL.pattern}|(?<!\w)\+?(?:\d[\s().-]{{0,2}}){{9,}}(?!\w)")
INTRODUCED = re.compile(
    r",?\s*\b(?:[Ii]['’]?m|[Ii] am|[Mm]y name(?:['’]?s| is)|[Tt]his is)(?: [A-Z][a-z'’-]+){2,3}(?!\w)"
)


def _spelling(text: str) -> str:
    """Return an English text without names and contact details, slang and decoration, in lower case."""
    said = REFERENCE.sub("my booking", normal(INTRODUCED.sub(" ", text)))
    return plain(" ".join(CONTACTS.sub(" ", said).split()))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class Spelling(TrainedComponent):
    """Sets ``spelt`` on each message and its parts, which the featurizers read instead of the text.

    A clause, and a message in context, is also given what is ``around`` it, spelt so.
    """

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._speller = Speller({})

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the words of the examples."""
        texts = (_spelling(example.get(TEXT)) for example in training_data.intent_examples)
        self._speller = Speller.learn(texts, whole_words())
        with self._model_storage.write_to(self._resource) as folder:
            (folder / "words.json").write_text(json.dumps(self._speller.counts), encoding="utf-8")
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Set each example's spelling: one that is misspelt teaches what it means."""
        self.process([example for example in training_data.training_examples if example.get(TEXT)])
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Set each message's and part's spelling."""
        parts = with_parts(messages)
        texts = {part.get(TEXT) or "" for part in parts}  # of a message in place the same as the message's
        spelt = {text: self._speller.corrected(_spelling(text)) for text in texts}
        for part in parts:
            part.set(SPELT, spelt[part.get(TEXT) or ""])
        for message in messages:
            for clause in message.get(CLAUSES) or ():
                clause.set(AROUND, message.get(SPELT))
            if message.get(IN_CONTEXT):
                message.get(IN_PLACE).set(AROUND, message.get(IN_CONTEXT).get(SPELT))
        return messages

    def read(self, folder: Path) -> None:
        """See TrainedComponent."""
        self._speller = Speller(json.loads((folder / "words.json").read_text(encoding="utf-8")))
