"""Decides what a message asks: one topic, several questions, or a follow-up to the topic before."""

from __future__ import annotations

import math
import re
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from clinic.nlu.component import Component
from clinic.nlu.topics import (
    BESIDE,
    CLAUSES,
    DIVIDED,
    FAQ,
    HEALTH_FIRST,
    IN_CONTEXT,
    READING,
    SPAN,
    TOPIC_BEFORE,
    Reading,
    decide,
)

COURTESY = frozenset({"greet", "goodbye", "thanks", "affirm", "deny", "repeat"})
ANSWERS = frozenset({"affirm", "deny", "stop"})  # "yes, cancel it" says yes, whatever stands behind it
SMALL_TALK = 5
LEAST = 1e-3  # the probability of what is all but ruled out
IDLE = 0.5  # how likely a clause counts that asks nothing we know
WISHES = frozenset({"book", "reschedule", "cancel_booking", "booking_status", "human_handoff"})
NOT_A_WISH = re.compile(
    r"\b(?:do(?:n'?t| not)|not|no need to|wo(?:n'?t| not)|never|rather not)\b[\w\s']{0,25}"
    r"\b(?:book|booking|appointment|appt|reschedule|cancel)\b",
    re.IGNORECASE,
)
# "What if something comes up and I have to cancel" asks for the rules; nothing is to be cancelled.
SUPPOSING = re.compile(
    r"\b(?:what (?:happens )?(?:if|when)|suppose|supposing|in case|say i)\b", re.IGNORECASE
)
SUPPOSED = frozenset({"reschedule", "cancel_booking"})
CONTINUES = re.compile(r"^\W*(?:and|what about|how about|so|then|why)\b", re.IGNORECASE)
# What cannot be understood without what was said before: "how many of them", "for how long".
REFERS = re.compile(
    r"^\W*(?:and|for|of|at|on|with|by|then|why)\b|\b(?:it|they|them|that|those|these|ones?)\b", re.IGNORECASE
)
ELLIPSIS = 6  # words at most
CLEARER = 0.05  # than the message alone, so that the same answer is given again
CLEAR = 0.95  # from here on a message stands on its own


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class Questions(Component):
    """Revises the classifier's intent with the readings of the clauses and of the context."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """See rasa.engine.graph.GraphComponent."""
        return {
            "most": 3,  # answers to one message
            # What reading a message as two must be worth, in logarithms of probability, by the kind of the
            # place between them: higher splits less.
            "split_costs": {"likely": 0.4, "possible": 2.0, "unlikely": 3.5},
        }

    def __init__(self, config: dict[str, Any]) -> None:
        self._most, self._split_costs = config["most"], config["split_costs"]

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent and response selection anew where parts of the message say more."""
        for message in messages:
            if message.get(READING):
                self._revise(message, message.get(READING))
        return messages

    def _revise(self, message: Message, whole: Reading) -> None:
        asked = _asked(message, whole, self._split_costs)
        context = message.get(IN_CONTEXT)
        if len(asked) > 1:
            topics = in_order([reading.topic for reading in asked])[: self._most]
            decide(message, next(r for r in asked if r.topic == topics[0]), topics)
        elif asked and _says_less(whole, message):
            decide(message, asked[0])
        elif context and _follows(message, whole, context.get(READING)):
            decide(message, context.get(READING))


def _asked(message: Message, whole: Reading, split_costs: dict[str, float]) -> list[Reading]:
    """Return the readings of the likeliest clauses that ask or wish something, one a topic."""
    asked: dict[str, Reading] = {}
    if whole.is_known and whole.topic in ANSWERS:
        return []
    for clause in likeliest(message.get(CLAUSES) or [], whole, split_costs):
        reading, text = clause.get(READING), clause.get(TEXT)
        refused = reading.topic in WISHES and NOT_A_WISH.search(text)
        refused = refused or (reading.topic in SUPPOSED and SUPPOSING.search(message.get(TEXT)))
        if reading.is_known and reading.topic not in COURTESY and not refused:
            asked.setdefault(reading.topic, reading)
    return list(asked.values())


def likeliest(clauses: list[Message], whole: Reading, split_costs: dict[str, float]) -> list[Message]:
    """Return the division of a message whose readings are together likeliest; none where that is none.

    Args:
        clauses: A Message for each run of neighbouring pieces, with its SPAN.
        whole: The reading of all pieces together.
        split_costs: What a division has to be worth, in logarithms of probability, by its kind.

    """
    runs = {clause.get(SPAN): clause for clause in clauses}
    count = 1 + max((last for _, last in runs), default=-1)
    pieces = [runs[i, i].get(READING) for i in range(count)]
    best: list[tuple[float, list[Message]]] = [(0.0, [])]
    for end in range(count):
        found = []
        for start in range(end + 1):
            run = runs.get((start, end))
            if run is not None:
                worth = best[start][0] + _worth(run.get(READING), pieces[start : end + 1])
                cost = split_costs[run.get(DIVIDED)] if start else 0.0
                found.append((worth - cost, [*best[start][1], run]))
        best.append(max(found, key=lambda division: division[0], default=(-math.inf, [])))
    worth, division = best[-1]
    return division if division and worth > _worth(whole, pieces) else []


def _worth(reading: Reading, pieces: list[Reading]) -> float:
    """Return the logarithm of how likely a reading of a run of pieces is.

    A piece that clearly says something else speaks against it; what says nothing of its own costs a
    little.
    """
    idle = reading.topic in COURTESY or not reading.is_known
    told = [p for p in pieces if p.is_known and p.topic not in COURTESY]
    against = [p.confidence for p in told if idle or p.topic != reading.topic]
    own = math.log(IDLE if idle else max(reading.confidence, LEAST))
    return own + sum(math.log(max(1 - confidence, LEAST)) for confidence in against)


def _says_less(whole: Reading, message: Message) -> bool:
    """Say whether the whole message is less clear than its one question."""
    refused = whole.topic in WISHES and NOT_A_WISH.search(message.get(TEXT))
    return bool(not whole.is_known or whole.topic in COURTESY or refused)


def _follows(message: Message, whole: Reading, context: Reading) -> bool:
    """Say whether the message is clearer together with the topic before it."""
    if not context.is_known or not context.topic.startswith(f"{FAQ}/"):
        return False
    if not whole.is_known:
        return True
    text = message.get(TEXT)
    if context.topic == message.get(TOPIC_BEFORE):  # the same answer again rarely helps
        clearer = context.confidence > whole.confidence + CLEARER and whole.confidence < CLEAR
        return bool(clearer and len(text.split()) <= ELLIPSIS and REFERS.search(text))
    return bool(CONTINUES.search(text) and context.confidence > whole.confidence)


def in_order(topics: list[str]) -> list[str]:
    """Return topics as they are answered: safety, wishes, health questions, then as asked.

    Small talk beside them ("does that matter" alone may sound like stop) is left out.
    """

    def rank(topic: str) -> int:
        if topic in HEALTH_FIRST:
            return 2 if topic.startswith(f"{FAQ}/") else 0
        if topic in WISHES:
            return 1
        if topic in BESIDE and any(t.startswith(f"{FAQ}/") for t in topics):
            return 4
        return 3 if topic.startswith(f"{FAQ}/") else SMALL_TALK

    asked = [topic for topic in topics if rank(topic) < SMALL_TALK] or topics
    return sorted(asked, key=rank)
