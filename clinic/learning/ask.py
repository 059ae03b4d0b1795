"""Asks a model questions, in a process of its own: this is where Rasa is loaded.

python -m clinic.learning.ask MODEL FILE     replaces a JSON file's texts by the topics that the model finds
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from rasa.core.agent import Agent

from clinic.serving import logs
from clinic.serving.measure import topics_of


async def found(agent: Agent, texts: list[str]) -> list[str]:
    """Return the first topic of each text."""
    return [topics_of(await agent.parse_message(text))[0] for text in texts]


def main() -> int:
    """Ask the model that the command line names."""
    model, path = sys.argv[1], Path(sys.argv[2])
    logs.configure()  # Rasa's own log would quote every question
    agent, texts = Agent.load(model), json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(asyncio.run(found(agent, texts))), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
