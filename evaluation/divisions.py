"""The weights with which a message is divided into clauses: WEIGHTS of clinic/nlu/divisions.py.

    python -m evaluation.divisions      # prints them, and how often they are right

Made from the messages of tests/questions/validation, as the newest model reads them; the held-out ones are
not looked at.
"""

from __future__ import annotations

import asyncio
import logging

import structlog
from rasa.core.agent import Agent
from rasa.shared.nlu.training_data.message import Message

from clinic.nlu import questions
from clinic.nlu.divisions import WEIGHTS, Division, divisions, topics_of
from clinic.nlu.topics import Reading
from clinic.settings.environment import PROJECT
from evaluation.log_linear import Choice, report
from evaluation.questions import UNANSWERED
from evaluation.tuning import messages

KINDS = ("ask nothing", "ask one question", "ask several")


def choices(agent: Agent) -> list[Choice]:
    """Read the messages, and return the divisions of those that may be divided."""
    seen: dict[str, tuple[Message, Reading]] = {}
    may_be_divided = questions.may_be_divided

    def watched(message: Message, whole: Reading) -> bool:
        may = may_be_divided(message, whole)
        if may:
            seen[message.get("text")] = (message, whole)
        return may

    questions.may_be_divided = watched
    every = asyncio.run(messages(agent)).values()
    return [_choice(*seen[a.text], frozenset(a.topics)) for asked in every for a in asked if a.text in seen]


def _choice(message: Message, whole: Reading, truth: frozenset[str]) -> Choice:
    every = list(divisions(message, whole))
    undivided = frozenset({whole.topic} if whole.is_known else {})
    outcome = [frozenset(topics_of(division)) or undivided for division in every]
    answered = truth - UNANSWERED
    return Choice.of(WEIGHTS, list(map(_evidence, every)), outcome, answered, KINDS[min(len(answered), 2)])


def _evidence(division: Division) -> dict[str, float]:
    return {name: sum(meaning.evidence.get(name, 0.0) for meaning in division) for name in WEIGHTS}


def main() -> None:
    """Print the weights."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    report(WEIGHTS, choices(Agent.load(str(PROJECT / "models"))))


if __name__ == "__main__":
    main()
