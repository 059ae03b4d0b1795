"""Decides what a message asks: one topic, several questions, or a follow-up to the topic before."""

from __future__ import annotations

import math
import re
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from clinic.nlu.component import Component
from clinic.nlu.divisions import LEAST, asked, may_be_divided
from clinic.nlu.topics import (
    BESIDE,
    FAQ,
    HEALTH_FIRST,
    IN_CONTEXT,
    READING,
    TOPIC_BEFORE,
    WISHES,
    Reading,
    decide,
)

SMALL_TALK = 6
CONTINUES = re.compile(r"^\W*(?:and|what about|how about|so|then|why)\b", re.IGNORECASE)
# What cannot be understood without what was said before: "how many of them", "for how long".
REFERS = re.compile(
    r"^\W*(?:and|for|of|at|on|with|by|then|why)\b|\b(?:it|they|them|that|those|these|ones?)\b", re.IGNORECASE
)
# What speaks for the same answer again where a message is clear alone, and in context too: the weights of a
# logistic regression over the dialogues of tests/questions/validation.
AGAIN = {"alone": -0.5, "in_context": 1.05, "nearly": 1.05, "refers": 1.2, "words": -0.35, "always": 3.9}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class Questions(Component):
    """Revises the classifier's intent with the readings of the clauses and of the context."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """See rasa.engine.graph.GraphComponent."""
        return {
            "most": 3,  # answers to one message
        }

    def __init__(self, config: dict[str, Any]) -> None:
        self._most = config["most"]

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent and response selection anew where parts of the message say more."""
        for message in messages:
            if message.get(READING):
                self._revise(message, message.get(READING))
        return messages

    def _revise(self, message: Message, whole: Reading) -> None:
        said = asked(message, whole) if may_be_divided(message, whole) else {}
        context = message.get(IN_CONTEXT)
        if said and not (whole.is_known and said.keys() == {whole.topic}):
            topics = in_order(list(said))[: self._most]
            decide(message, said[topics[0]], topics)
        elif context and _follows(message, whole, context.get(READING)):
            decide(message, context.get(READING))


def _follows(message: Message, whole: Reading, context: Reading) -> bool:
    """Say whether the message is clearer together with the topic before it."""
    again = context.topic == message.get(TOPIC_BEFORE)
    if not context.is_known or not (again or context.topic.startswith(f"{FAQ}/")):
        return False
    if not whole.is_known:
        return True
    text = message.get(TEXT)
    if again:
        return _asks_again(text, whole, context)
    return bool(CONTINUES.search(text) and context.confidence > whole.confidence)


def _asks_again(text: str, whole: Reading, context: Reading) -> bool:
    """Say whether a message that is clear by itself means the topic before it all the same."""
    nearly = dict(whole.ranking).get(context.topic, 0.0)
    evidence = {
        "alone": _log_odds(whole.confidence),
        "in_context": _log_odds(context.confidence),
        "nearly": math.log(max(nearly, LEAST)),
        "refers": float(bool(REFERS.search(text))),
        "words": len(text.split()),
        "always": 1.0,
    }
    return sum(AGAIN[name] * value for name, value in evidence.items()) > 0


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, 0.01), 0.99)
    return math.log(bounded / (1 - bounded))


def in_order(topics: list[str]) -> list[str]:
    """Return topics in order: a wish, then what is said before its form begins; without a wish, as answered.

    Safety comes first, what is complained of before what is asked, health questions before others. Small
    talk beside them ("does that matter" alone may sound like stop) is left out.
    """

    def rank(topic: str) -> int:
        if topic in HEALTH_FIRST:
            return 2 if topic.startswith(f"{FAQ}/") else 0
        if topic in BESIDE:
            return 1 if topic == BESIDE[0] else 4
        if topic in WISHES:
            return 5
        return 3 if topic.startswith(f"{FAQ}/") else SMALL_TALK

    said = sorted((topic for topic in topics if rank(topic) < SMALL_TALK), key=rank) or topics
    wish = next((topic for topic in said if topic in WISHES), None)
    return [wish, *(topic for topic in said if topic != wish)] if wish else said
