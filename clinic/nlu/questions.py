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
    CONCERNS,
    DIVIDED,
    FAQ,
    HEALTH_FIRST,
    IN_CONTEXT,
    OUT_OF_SCOPE,
    READING,
    SPAN,
    TOPIC_BEFORE,
    WHETHER_IT_HELPS,
    WISHES,
    Reading,
    decide,
)

COURTESY = frozenset({"greet", "goodbye", "thanks", "affirm", "deny", "repeat"})
ANSWERS = frozenset({"affirm", "deny", "stop"})  # "yes, cancel it" says yes, whatever stands behind it
SMALL_TALK = 6
CLEARLY = 0.85  # the probability from which a whole message is off topic, whatever its pieces say
LEAST = 1e-3  # the probability of what is all but ruled out
# Weights of the evidence for a division, the likeliest over the messages of tests/questions/validation.
SAID, AGAINST = 1.7, 1.0  # of a clause's own confidence, and of pieces that say something else
IDLE = 0.35  # how likely a clause counts that asks nothing we know
SHORT_COSTS, SHORT = 0.8, 2  # of a clause of so few words that says something
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
            # What reading a message as two must be worth, in logarithms of probability, by the kind of the
            # place between them: higher splits less.
            "split_costs": {"likely": 0.3, "possible": 1.5, "unlikely": 2.8},
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
    if (whole.is_known and whole.topic in ANSWERS) or _is_off_topic(whole):
        return []
    for clause in likeliest(message.get(CLAUSES) or [], whole, message.get(TEXT), split_costs):
        reading, text = clause.get(READING), clause.get(TEXT)
        refused = reading.topic in WISHES and NOT_A_WISH.search(text)
        refused = refused or (reading.topic in SUPPOSED and SUPPOSING.search(message.get(TEXT)))
        if reading.is_known and reading.topic not in COURTESY and not refused:
            asked.setdefault(reading.topic, reading)
    if CONCERNS.intersection(asked):
        return [reading for topic, reading in asked.items() if topic not in WHETHER_IT_HELPS]
    return list(asked.values())


def _is_off_topic(whole: Reading) -> bool:
    """Say whether a message is so clearly off topic that no piece of it is believed to be a topic."""
    return whole.topic == OUT_OF_SCOPE and whole.ranking[0][1] >= CLEARLY


def likeliest(
    clauses: list[Message], whole: Reading, text: str, split_costs: dict[str, float]
) -> list[Message]:
    """Return the division of a message whose readings are together likeliest; none where that is none.

    Args:
        clauses: A Message for each run of neighbouring pieces, with its SPAN.
        whole: The reading of all pieces together.
        text: Their words.
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
                worth = best[start][0] + _worth(run.get(READING), run.get(TEXT), pieces[start : end + 1])
                cost = split_costs[run.get(DIVIDED)] if start else 0.0
                found.append((worth - cost, [*best[start][1], run]))
        best.append(max(found, key=lambda division: division[0], default=(-math.inf, [])))
    worth, division = best[-1]
    return division if division and worth > _worth(whole, text, pieces) else []


def _worth(reading: Reading, text: str, pieces: list[Reading]) -> float:
    """Return the logarithm of how likely a reading of a run of pieces is.

    A piece that clearly says something else speaks against it; what says nothing of its own, or says
    something in a word or two, costs a little.
    """
    idle = reading.topic in COURTESY or not reading.is_known
    told = [p for p in pieces if p.is_known and p.topic not in COURTESY]
    against = [p.confidence for p in told if idle or p.topic != reading.topic]
    own = math.log(IDLE) if idle else SAID * math.log(max(reading.confidence, LEAST))
    short = 0.0 if idle or len(text.split()) > SHORT else SHORT_COSTS
    return own - short + AGAINST * sum(math.log(max(1 - confidence, LEAST)) for confidence in against)


def _says_less(whole: Reading, message: Message) -> bool:
    """Say whether the whole message is less clear than its one question."""
    refused = whole.topic in WISHES and NOT_A_WISH.search(message.get(TEXT))
    return bool(not whole.is_known or whole.topic in COURTESY or refused)


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

    asked = sorted((topic for topic in topics if rank(topic) < SMALL_TALK), key=rank) or topics
    wish = next((topic for topic in asked if topic in WISHES), None)
    return [wish, *(topic for topic in asked if topic != wish)] if wish else asked
