"""How long understanding one message takes, beside the bare sentence embedding's time, and what it holds.

    python -m evaluation.parsing      # the newest model, one core; writes results.md

Both are timed in turn, message by message, in one process that may use one core; how busy the machine was
then falls on both alike. No message was read before, but others were, as in an assistant that has been
running for a day: the words in use are known by then. Stock Rasa's time is in evaluation.compare's table.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from rasa.core.agent import Agent
from threadpoolctl import threadpool_limits

from clinic.memory import give_back
from clinic.nlu.minilm import published, scales, tokenizer
from clinic.nlu.onnx_builder import session
from clinic.nlu.onnx_graph import INPUT, compact
from clinic.nlu.remembered import Remembered
from clinic.nlu.topic_classifier import TopicClassifier
from clinic.nlu.topic_model import TopicModel
from clinic.settings.environment import PROJECT
from evaluation import report
from evaluation.ablation import component
from evaluation.questions import questions
from evaluation.understanding import HELD_OUT

MESSAGES, WARM_UP = 400, 20
BEFORE = PROJECT / "tests" / "questions" / "validation.yml"  # messages that were read before
FEW, MANY = 77, 150  # topics
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20


def with_topics(model: TopicModel, count: int) -> TopicModel:
    """Return a model of so many topics: the trained ones, some of them left out or repeated."""
    chosen = np.arange(count) % len(model.topics)
    spread = np.sort(np.arange(len(model.labels)) % count)
    return replace(
        model,
        topics=np.array(
            [
                f"{model.topics[i]}-{n}" if n >= len(model.topics) else model.topics[i]
                for n, i in enumerate(chosen)
            ]
        ),
        labels=spread,
        example_weights=np.ascontiguousarray(model.example_weights[:, chosen]),
        sparse_weights=np.ascontiguousarray(model.sparse_weights[:, chosen]),
        bias=model.bias[chosen],
    )


async def timed(work: Callable[[], Awaitable[Any]]) -> float:
    """Return the milliseconds that some work takes."""
    start = time.perf_counter()
    await work()
    return (time.perf_counter() - start) * 1000


async def measure() -> dict[str, str]:
    """Return every figure by its name."""
    held = _megabytes()
    agent = Agent.load(str(PROJECT / "models"))
    await agent.parse_message("does it hurt")
    give_back()  # as the assistant's process does
    held = _megabytes() - held
    embedding, encode = session(compact(published(), scales(), inner=())), tokenizer().encode
    classifier = component(agent, TopicClassifier)
    few, many = (with_topics(classifier._model, count) for count in (FEW, MANY))
    classifier._remembered = Remembered(0)  # each model reads each text anew
    classifier._titles |= {topic: topic for topic in many.topics if topic not in classifier._titles}
    texts = [text for _, text in questions(HELD_OUT / "single.yml")][: MESSAGES + WARM_UP]
    taken: dict[str, list[float]] = {"ours": [], "embedding": [], "few": [], "many": []}

    async def embed(text: str) -> None:
        (states,) = embedding.run(None, {INPUT: np.array([encode(text).ids])})  # as it is published
        mean = states[0].mean(axis=0)
        _ = mean / np.linalg.norm(mean)

    async def parse(text: str, model: TopicModel) -> None:
        classifier._model = model
        await agent.parse_message(text)

    for _, text in questions(BEFORE):
        await agent.parse_message(text)
    ours = classifier._model
    for text in texts:
        taken["embedding"].append(await timed(lambda text=text: embed(text)))  # type: ignore[misc]
        for name, model in (("ours", ours), ("few", few), ("many", many)):
            taken[name].append(await timed(lambda text=text, model=model: parse(text, model)))  # type: ignore[misc]
    medians = {name: float(np.median(values[WARM_UP:])) for name, values in taken.items()}
    slow = float(np.percentile(taken["ours"][WARM_UP:], 99))
    return {
        "a message, median": f"{medians['ours']:.1f} ms",
        "the bare embedding, median": f"{medians['embedding']:.1f} ms",
        "times the bare embedding (asked: at most 2.5)": f"{medians['ours'] / medians['embedding']:.2f}",
        "99th percentile over the median (asked: at most 3)": f"{slow / medians['ours']:.2f}",
        f"{MANY} topics over {FEW} (asked: at most 1.2)": f"{medians['many'] / medians['few']:.2f}",
        "memory of a loaded model (asked: at most 150 MB)": f"{held:.0f} MB",
    }


def _megabytes() -> float:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE_MB


def main() -> None:
    """Print the figures and write results.md."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with threadpool_limits(1):  # as the assistant's process has it
        figures = asyncio.run(measure())
    lines = ["| understanding | |", "|---|---:|"]
    lines += [f"| {name} | {value} |" for name, value in figures.items()]
    print("\n".join(lines))
    report.write("parsing", "Time to understand a message", lines)


if __name__ == "__main__":
    main()
