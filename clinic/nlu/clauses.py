"""Splits a message into its clauses, so that two questions can get two answers."""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from clinic.nlu.topics import CLAUSES

ASKING = (
    r"(?:how|what|whats|what's|when|where|who|why|which|is|are|do|does|did|can|could|will|would|should|"
    r"any|may|must|am i|have you|has it|tell me|i want to know|im wondering|i'm wondering|wondering|just asking|just want to know)"
)
OPENERS = r"(?:hi|hiya|hey|hello|heya|good (?:morning|afternoon|evening)|thanks|thank you|cheers|ok|okay)"
# Ends of sentences; "and"/"also"/a comma only where a new question begins behind it.
BREAK = re.compile(
    rf"(?<=[?!;\n])\s*|(?<=\w\.)\s+|\s*[,;]?\s+(?:and|also|plus|&|\+|but)\s+(?:also\s+)?(?={ASKING}\b)"
    rf"|\s*,\s*(?={ASKING}\b)|(?<=^)(?:{OPENERS})\s*[,!.]*\s+(?={ASKING}\b)|\s+(?=also\s+\w)|[,\s]+(?=just (?:asking|wondering|want))",
    re.IGNORECASE,
)
QUESTION = re.compile(
    rf"^\W*(?:and\s+|also\s+|plus\s+|so\s+|but\s+)?{ASKING}\b|\?\s*$|^\W*(?:also|plus)\b", re.IGNORECASE
)


def split(text: str) -> list[str]:
    """Return the clauses of a text in order; one that has a single clause gives itself."""
    clauses = [part.strip(" ,;&+-") for part in BREAK.split(text) if part]
    return [clause for clause in clauses if re.search(r"\w", clause)] or [text]


def is_question(clause: str) -> bool:
    """Say whether a clause asks something, by its form."""
    return bool(QUESTION.search(clause))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class Clauses(GraphComponent):
    """Adds a Message for each clause; the components behind it treat them like messages."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """See rasa.engine.graph.GraphComponent."""
        return {
            # A message with more clauses than this is read as a whole only.
            "most": 8,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Clauses:
        """See rasa.engine.graph.GraphComponent."""
        return cls(config)

    def __init__(self, config: dict[str, Any]) -> None:
        self._most = config["most"]

    def process(self, messages: list[Message]) -> list[Message]:
        """Set ``clauses`` on every message that has more than one."""
        for message in messages:
            clauses = split(message.get(TEXT) or "")
            if 1 < len(clauses) <= self._most:
                message.set(CLAUSES, [Message({TEXT: clause}) for clause in clauses])
        return messages
