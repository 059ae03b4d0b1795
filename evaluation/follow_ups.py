"""The weights with which a message is read behind a topic: WEIGHTS of clinic/nlu/follow_ups.py.

    python -m evaluation.follow_ups     # prints them, and how often they are right

Made from the dialogues of tests/questions/validation, and from its short messages behind a topic that they
have nothing to do with, as the newest model reads them; the held-out ones are not looked at.
"""

from __future__ import annotations

import asyncio
import logging

import structlog
from rasa.core.agent import Agent
from rasa.shared.nlu.training_data.message import Message

from clinic.nlu import questions
from clinic.nlu.follow_ups import WEIGHTS, evidence
from clinic.nlu.topics import Reading
from clinic.settings.environment import PROJECT
from evaluation.log_linear import Choice, report
from evaluation.tuning import QUESTIONS
from evaluation.understanding import changes, dialogues


async def choices(agent: Agent) -> list[Choice]:
    """Read the messages, and return what each may ask behind the topic before it."""
    seen: dict[str, Message] = {}
    likeliest = questions.likeliest

    def watched(message: Message) -> Reading:
        seen[message.get("text")] = message
        return likeliest(message)

    questions.likeliest = watched
    folder, made = QUESTIONS / "validation", list[Choice]()
    turns = [turn for talk in await dialogues(agent, folder / "follow_ups.yml") for turn in talk[1:]]
    for kind, asked in (
        ("follow-ups", turns),
        ("changes of subject", await changes(agent, folder / "single.yml")),
    ):
        made += [_choice(seen[one.text], one.topics, kind) for one in asked if one.text in seen]
    return made


def _choice(message: Message, truth: tuple[str, ...], kind: str) -> Choice:
    found = evidence(message)
    return Choice.of(WEIGHTS, list(found.values()), [frozenset({t}) for t in found], frozenset(truth), kind)


def main() -> None:
    """Print the weights."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    report(WEIGHTS, asyncio.run(choices(Agent.load(str(PROJECT / "models")))))


if __name__ == "__main__":
    main()
