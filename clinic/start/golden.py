"""Asks a model the golden questions: those that an assistant must get right before it speaks to anybody.

python -m clinic.start.golden MODEL [FILE]     prints what it fails and exits with 1

Where MODEL is "-", its path is read from the standard input once all else is ready.

They are in tests/questions/golden.yml, apart from what the model learns: emergencies, pregnancy and
medicines, booking and cancelling, a person, and the questions that nearly every visitor asks.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import structlog
from rasa.core.agent import Agent
from rasa.shared.utils.io import read_config_file
from ruamel.yaml import YAML

from clinic.serving.measure import topics_of
from clinic.settings.environment import PROJECT

QUESTIONS = PROJECT / "tests" / "questions" / "golden.yml"


def questions(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (topic, text) from a file in Rasa's NLU format."""
    for block in YAML(typ="safe").load(path.read_text(encoding="utf-8"))["nlu"]:
        for line in block["examples"].splitlines():
            yield block["intent"], line.removeprefix("- ").strip()


async def failed(agent: Agent, asked: list[tuple[str, str]]) -> list[str]:
    """Return a line for each question that the agent takes for something else."""
    lines = []
    for topic, text in asked:
        found = topics_of(await agent.parse_message(text))[0]
        if found != topic:
            lines.append(f'  "{text}" is about {topic}, the model says {found}')
    return lines


def import_components() -> None:
    """Import what loading a model imports."""
    import_module("rasa.engine.recipes.default_components")
    for component in read_config_file(PROJECT / "config.yml")["pipeline"]:
        import_module(component["name"].rpartition(".")[0])


def _told() -> str:
    """Get ready, then wait for the model's path."""
    import_components()
    return sys.stdin.readline().strip()


def main() -> int:
    """Ask the model that the command line names."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    agent = Agent.load(sys.argv[1] if sys.argv[1] != "-" else _told())
    path = Path(sys.argv[2]) if sys.argv[2:] else QUESTIONS
    lines = asyncio.run(failed(agent, list(questions(path))))
    if lines:
        print("\n".join(lines))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
