"""config.yml's pipeline, taken apart: each component with what those before it made of the messages."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.common import class_from_module_path
from ruamel.yaml import YAML

from clinic.settings.environment import PROJECT

CONTEXT = ExecutionContext(GraphSchema({}), "model")
EXAMPLES = {
    "faq/pain": ["does it hurt", "is it painful", "will i feel pain", "are the needles sore", "ouch?"],
    "faq/price": ["how much is it", "what does it cost", "the price please", "is it expensive", "fees"],
    "book": ["book an appointment", "can i come in", "make a booking", "is there a slot", "i want to come"],
    "emergency": [
        "chest pain",
        "i cant breathe",
        "call an ambulance",
        "he collapsed",
        "my throat is closing",
    ],
    "out_of_scope": [
        "what a nice day",
        "do you sell shoes",
        "is it painful to fix a car",
        "who won",
        "the price of oil",
    ],
}
UNCLEAR = ["tell me more", "what about the session", "i was wondering", "one more thing"]  # said of any topic
FORMS = ("{}", "hi, {}", "please: {}", "{} thanks", "so {}")
TEXTS = [
    "does it hurt and how much is it",
    "I'm Jane Doe, 07700 900123, jane@example.com",
    "a facial tomorrow at 3pm",
    "and the price?",
    "ABC-234",
    "i cant breathe",
    "👍",
    "/restart",
    "",
]


@dataclass
class Stage:
    """One component, trained where it can be, and copies of the messages that reach it."""

    cls: type[GraphComponent]
    config: dict[str, Any]
    component: Any
    resource: Resource
    incoming: list[Message]


def classes() -> list[type[GraphComponent]]:
    """Return the pipeline's classes in order."""
    config = YAML(typ="safe").load((PROJECT / "config.yml").read_text(encoding="utf-8"))
    return [class_from_module_path(component["name"]) for component in config["pipeline"]]


def examples() -> TrainingData:
    """Return training data that has a few examples of each kind of topic."""
    return TrainingData(
        [
            Message.build(form.format(text), intent)
            for intent, texts in EXAMPLES.items()
            for text in [*texts, *UNCLEAR]
            for form in FORMS
        ]
    )


def tracker() -> DialogueStateTracker:
    """Return a conversation whose last message asked about pain."""
    selection = {"faq": {"response": {"intent_response_key": "faq/pain"}}}
    parse = {"intent": {"name": "faq"}, "response_selector": selection}
    return DialogueStateTracker.from_events(
        "visitor", [UserUttered("does it hurt", parse["intent"], parse_data=parse)]
    )


def process(component: Any, messages: list[Message]) -> list[Message]:
    """Call process with a tracker where it takes one."""
    takes_tracker = "tracker" in inspect.signature(component.process).parameters
    return component.process(messages, tracker()) if takes_tracker else component.process(messages)


def stages(storage: LocalModelStorage) -> Iterator[Stage]:
    """Train the pipeline on the examples and yield each stage."""
    data, messages = examples(), [Message({TEXT: text}) for text in TEXTS]
    for number, cls in enumerate(classes()):
        config, resource = cls.get_default_config(), Resource(f"{number}-{cls.__name__}")
        component = cls.create(config, storage, resource, CONTEXT)
        if hasattr(component, "train"):
            component.train(data)
        if hasattr(component, "process_training_data"):
            data = component.process_training_data(data)
        yield Stage(cls, config, component, resource, copy.deepcopy(messages))
        messages = process(component, messages)


def storage_in(folder: Path) -> LocalModelStorage:
    return LocalModelStorage.create(folder)
