"""The weights with which a message is divided into clauses: WEIGHTS of clinic/nlu/divisions.py.

    python -m evaluation.divisions      # prints them, and how often they are right

A log-linear model: of all divisions of a message, those that ask what it asks are to be likely. The messages
are those of tests/questions/validation, read by the newest model; the held-out ones are not looked at.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

import numpy as np
import structlog
from rasa.core.agent import Agent
from rasa.shared.nlu.training_data.message import Message
from scipy.optimize import minimize

from clinic.nlu import questions
from clinic.nlu.divisions import WEIGHTS, divisions, topics_of
from clinic.nlu.topics import Reading
from clinic.settings.environment import PROJECT
from evaluation.tuning import ask_all
from evaluation.understanding import UNANSWERED

KINDS = ("none", "one", "several")
PARTS, RIDGE = 5, 0.5  # of the messages, each in turn left out; what large weights cost


@dataclass
class Divided:
    """A message's divisions.

    Attributes:
        evidence: [divisions, weights].
        right: [divisions], whether each asks what the message asks.
        topics: What each asks.
        kind: Whether the message asks nothing, one question or several.

    """

    evidence: np.ndarray
    right: np.ndarray
    topics: list[frozenset[str]]
    kind: str


def divided(agent: Agent) -> list[Divided]:
    """Read the messages, and return the divisions of those that may be divided."""
    seen: dict[str, tuple[Message, Reading]] = {}
    may_be_divided = questions.may_be_divided

    def watched(message: Message, whole: Reading) -> bool:
        may = may_be_divided(message, whole)
        if may:
            seen[message.get("text")] = (message, whole)
        return may

    questions.may_be_divided = watched
    asked = asyncio.run(ask_all(agent))
    return [
        _divided(*seen[one.text], frozenset(one.topics))
        for one in asked["single"] + asked["double"] + asked["tales"]
        if one.text in seen
    ]


def _divided(message: Message, whole: Reading, truth: frozenset[str]) -> Divided:
    every = list(divisions(message, whole))
    evidence = np.array([[sum(m.evidence.get(name, 0.0) for m in d) for name in WEIGHTS] for d in every])
    known = frozenset({whole.topic} if whole.is_known else {})
    topics = [frozenset(topics_of(division)) or known for division in every]
    right = np.array([found == truth - UNANSWERED for found in topics])
    count = len(truth - UNANSWERED)
    return Divided(evidence, right, topics, KINDS[min(count, 2)])


def fitted(messages: list[Divided]) -> np.ndarray:
    """Return the likeliest weights."""
    telling = [m for m in messages if m.right.any() and not m.right.all()]
    evidence, right = np.vstack([m.evidence for m in telling]), np.concatenate([m.right for m in telling])
    starts = np.cumsum([0, *(len(m.right) for m in telling[:-1])])

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        worth = np.exp(evidence @ weights)
        every, those = np.add.reduceat(worth, starts), np.add.reduceat(worth * right, starts)
        number = np.searchsorted(starts, np.arange(len(worth)), side="right") - 1
        pull = worth / every[number] - worth * right / those[number]
        cost = np.sum(np.log(every) - np.log(those)) + RIDGE / 2 * weights @ weights
        return float(cost), pull @ evidence + RIDGE * weights

    return np.asarray(minimize(loss, np.zeros(len(WEIGHTS)), jac=True, method="L-BFGS-B").x)


def is_right(message: Divided, weights: np.ndarray) -> bool:
    """Say whether the topics that the divisions speak for most are those that are asked."""
    worth = np.exp(message.evidence @ weights)
    likeliest = max(set(message.topics), key=lambda topics: sum(worth[[t == topics for t in message.topics]]))
    return bool(message.right[message.topics.index(likeliest)])


def main() -> None:
    """Print the weights, and how well those of the other messages do for each part of the messages."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    messages = divided(Agent.load(str(PROJECT / "models")))
    part = np.random.default_rng(0).integers(PARTS, size=len(messages))
    right = {kind: list[bool]() for kind in KINDS}
    for left_out in range(PARTS):
        weights = fitted([m for m, p in zip(messages, part, strict=True) if p != left_out])
        for message, p in zip(messages, part, strict=True):
            if p == left_out:
                right[message.kind].append(is_right(message, weights))
    for name, weight in zip(WEIGHTS, fitted(messages), strict=True):
        print(f'    "{name}": {weight:.2f},')
    for kind, each in right.items():
        print(f"of messages that ask {kind} and may be divided: {np.mean(each):.1%} of {len(each)} right")


if __name__ == "__main__":
    main()
