"""Decides what a message asks: one topic, several questions, or a follow-up to the topic before."""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from clinic.nlu.component import Component
from clinic.nlu.divisions import asked, may_be_divided, refused
from clinic.nlu.follow_ups import likeliest
from clinic.nlu.topics import (
    BESIDE,
    FAQ,
    HEALTH_FIRST,
    IN_CONTEXT,
    READING,
    WISHES,
    Reading,
    decide,
)

SMALL_TALK = 6
SEVERAL = 2  # questions
BEHIND = 0.75  # how likely several questions have to be in a short message behind a topic


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
        said, probability = asked(message, whole) if may_be_divided(message, whole) else ({}, 1.0)
        text = message.get(TEXT)
        follows = likeliest(message) if message.get(IN_CONTEXT) and not refused(whole, text, text) else None
        if follows and (len(said) < SEVERAL or probability < BEHIND):
            decide(message, follows)
        elif said and not (whole.is_known and said.keys() == {whole.topic}):
            topics = in_order(list(said))[: self._most]
            decide(message, said[topics[0]], topics)


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
