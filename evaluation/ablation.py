"""What each part of the understanding brings and costs: the held-out figures without it.

    python -m evaluation.ablation      # the newest model, some minutes; writes results.md

The model stays as it was trained; a part is switched off where messages are read.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median
from typing import Any

import structlog
from rasa.core.agent import Agent

from clinic.nlu import safety_check, spelling
from clinic.nlu.clauses import Clauses
from clinic.nlu.context import Context
from clinic.nlu.language import ENGLISH, Language
from clinic.nlu.remembered import Remembered
from clinic.nlu.speller import Speller
from clinic.nlu.spelling import Spelling
from clinic.nlu.topic_classifier import TopicClassifier
from clinic.nlu.topic_model import TopicModel
from clinic.settings.environment import PROJECT
from evaluation import report
from evaluation.questions import questions
from evaluation.understanding import HELD_OUT, figures_of

TIMED = 100  # messages
Switch = tuple[Any, str, Any]  # an object, its attribute, and the value that switches a part off


def component(agent: Agent, cls: type) -> Any:
    """Return the loaded component of a class."""
    nodes = agent.processor.graph_runner._instantiated_nodes.values()
    return next(node._component for node in nodes if isinstance(node._component, cls))


def parts(agent: Agent) -> dict[str, list[Switch]]:
    """Return how each part is switched off."""
    classifier, context = component(agent, TopicClassifier), component(agent, Context)
    model: TopicModel = classifier._model

    def changed(**values: Any) -> list[Switch]:
        return [(classifier, "_model", replace(model, **values)), (classifier, "_remembered", Remembered(0))]

    same: Callable[[Any], Any] = lambda text: text  # noqa: E731
    return {
        "nothing": [],
        "n-grams": changed(sparse_weights=model.sparse_weights * 0),
        "closeness of embeddings": changed(example_weights=model.example_weights * 0),
        "nearest examples": changed(neighbour_share=0.0),
        "gate": changed(threshold=0.0),
        "slang": [(spelling, "plain", same)],
        "speller": [(component(agent, Spelling), "_speller", Speller({}))],
        "clauses": [(component(agent, Clauses), "_most", 1)],
        "context": [(context, "_config", context._config | {"most_words": 0})],
        "other languages": [(component(agent, Language), "language_of", lambda _message: ENGLISH)],
        "safety rules": [(safety_check, "rule_for", lambda _text: None)],
    }


async def without(agent: Agent, switches: list[Switch]) -> tuple[dict[str, float], float]:
    """Return the held-out figures and the median milliseconds with a part switched off."""
    before = [(thing, name, getattr(thing, name)) for thing, name, _ in switches]
    for thing, name, value in switches:
        setattr(thing, name, value)
    try:
        return await figures_of(agent), await milliseconds(agent)
    finally:
        for thing, name, value in before:
            setattr(thing, name, value)


async def milliseconds(agent: Agent) -> float:
    """Return the median time of understanding a message."""
    taken = []
    for _, text in list(questions(HELD_OUT / "single.yml"))[:TIMED]:
        start = time.perf_counter()
        await agent.parse_message(text)
        taken.append((time.perf_counter() - start) * 1000)
    return median(taken)


async def measure() -> list[str]:
    """Return the table's lines."""
    agent = Agent.load(str(PROJECT / "models"))
    lines: list[str] = []
    for part, switches in parts(agent).items():
        figures, taken = await without(agent, switches)
        if not lines:
            names = [name.removeprefix("not: ") for name in figures]
            lines = [
                "| without | " + " | ".join(names) + " | a message |",
                "|---|" + "---:|" * (len(names) + 1),
            ]
        lines.append(
            f"| {part} | " + " | ".join(f"{v:.1%}" for v in figures.values()) + f" | {taken:.1f} ms |"
        )
        print(lines[-1], flush=True)
    return lines


def main() -> None:
    """Print the table and write results.md."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    report.write("ablation", "What each part of the understanding brings", asyncio.run(measure()))


if __name__ == "__main__":
    main()
