"""What the newest model gets wrong of the questions to choose settings by.

    python -m evaluation.tuning      # tests/questions/validation*; writes nothing

Unlike the held-out files these may be looked at: change data or settings, train, and look again.
"""

from __future__ import annotations

import asyncio
import logging

import structlog
from rasa.core.agent import Agent

from clinic.settings.environment import PROJECT
from evaluation.understanding import Asked, changes, dialogues, double, single

QUESTIONS = PROJECT / "tests" / "questions"


async def messages(agent: Agent) -> dict[str, list[Asked]]:
    """Ask the messages that begin a conversation."""
    return {
        "single": [
            *await single(agent, QUESTIONS / "validation.yml"),
            *await single(agent, QUESTIONS / "validation" / "single.yml"),
        ],
        "double": await double(agent, QUESTIONS / "validation" / "double.yml"),
        "tales": await double(agent, QUESTIONS / "validation" / "tales.yml"),
    }


async def ask_all(agent: Agent) -> dict[str, list[Asked]]:
    """Ask everything; of dialogues, the turns after the first."""
    talks = await dialogues(agent, QUESTIONS / "validation" / "follow_ups.yml")
    return {
        **await messages(agent),
        "follow-ups": [turn for talk in talks for turn in talk[1:]],
        "changes of subject": await changes(agent, QUESTIONS / "validation" / "single.yml"),
    }


def main() -> None:
    """Print every mistake, and the share of right ones of each kind."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    for kind, asked in asyncio.run(ask_all(Agent.load(str(PROJECT / "models")))).items():
        wrong = [one for one in asked if not one.right]
        for one in wrong:
            print(f"{kind}: {one.text!r} asks {', '.join(one.topics)}; found {', '.join(one.found)}")
        print(f"{kind}: {1 - len(wrong) / len(asked):.1%} of {len(asked)}\n")


if __name__ == "__main__":
    main()
