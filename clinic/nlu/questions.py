"""Decides what a message asks: one topic, several questions, or a follow-up to the topic before."""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from clinic.nlu.clauses import is_question
from clinic.nlu.topics import (
    CLAUSES,
    FAQ,
    HEALTH_FIRST,
    IN_CONTEXT,
    READING,
    TOPIC_BEFORE,
    Reading,
    decide,
)

COURTESY = frozenset({"greet", "goodbye", "thanks", "affirm", "deny", "repeat"})
SMALL_TALK = 4
WISHES = frozenset({"book", "reschedule", "cancel_booking", "booking_status", "human_handoff"})
NOT_A_WISH = re.compile(
    r"\b(?:do(?:n'?t| not)|not|no need to|wo(?:n'?t| not)|never|rather not)\b[\w\s']{0,25}"
    r"\b(?:book|booking|appointment|appt|reschedule|cancel)\b",
    re.IGNORECASE,
)
CONTINUES = re.compile(r"^\W*(?:and|what about|how about|so|then|why)\b", re.IGNORECASE)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class Questions(GraphComponent):
    """Revises the classifier's intent with the readings of the clauses and of the context."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """See rasa.engine.graph.GraphComponent."""
        return {
            "most": 3,  # answers to one message
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Questions:
        """See rasa.engine.graph.GraphComponent."""
        return cls(config)

    def __init__(self, config: dict[str, Any]) -> None:
        self._most = config["most"]

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent and response selection anew where parts of the message say more."""
        for message in messages:
            if message.get(READING):
                self._revise(message, message.get(READING))
        return messages

    def _revise(self, message: Message, whole: Reading) -> None:
        asked = _asked(message.get(CLAUSES) or [])
        context = message.get(IN_CONTEXT)
        if len(asked) > 1:
            topics = in_order([reading.topic for reading in asked])[: self._most]
            decide(message, next(r for r in asked if r.topic == topics[0]), topics)
        elif asked and _says_less(whole, message):
            decide(message, asked[0])
        elif context and _follows(message, whole, context.get(READING)):
            decide(message, context.get(READING))


def _asked(clauses: list[Message]) -> list[Reading]:
    """Return the readings of the clauses that ask or wish something, one a topic."""
    asked: dict[str, Reading] = {}
    for clause in clauses:
        reading, text = clause.get(READING), clause.get(TEXT)
        counts = is_question(text) or reading.topic in WISHES or reading.topic in HEALTH_FIRST
        refused = reading.topic in WISHES and NOT_A_WISH.search(text)
        if reading.is_known and reading.topic not in COURTESY and counts and not refused:
            asked.setdefault(reading.topic, reading)
    return list(asked.values())


def _says_less(whole: Reading, message: Message) -> bool:
    """Say whether the whole message is less clear than its one question."""
    refused = whole.topic in WISHES and NOT_A_WISH.search(message.get(TEXT))
    return bool(not whole.is_known or whole.topic in COURTESY or refused)


def _follows(message: Message, whole: Reading, context: Reading) -> bool:
    """Say whether the message with the topic before it is clearer, and asks something new."""
    if not context.is_known or not context.topic.startswith(f"{FAQ}/"):
        return False
    if context.topic == message.get(TOPIC_BEFORE):  # the same answer again helps nobody
        return False
    continues = CONTINUES.search(message.get(TEXT)) and context.confidence > whole.confidence
    return not whole.is_known or bool(continues)


def in_order(topics: list[str]) -> list[str]:
    """Return topics as they are answered: safety, wishes, health questions, then as asked.

    Small talk beside them ("does that matter" alone may sound like stop) is left out.
    """

    def rank(topic: str) -> int:
        if topic in HEALTH_FIRST:
            return 2 if topic.startswith(f"{FAQ}/") else 0
        if topic in WISHES:
            return 1
        return 3 if topic.startswith(f"{FAQ}/") else SMALL_TALK

    asked = [topic for topic in topics if rank(topic) < SMALL_TALK] or topics
    return sorted(asked, key=rank)
