"""How well the assistant understands questions it was not trained on.

    make evaluate                                  # the held-out file
    python -m evaluation.questions FILE [--wrong]  # another one; --wrong lists what was misread

A question is right when its topic is found; asking back counts as wrong, except off topic, where
only an answer given as if known is a mistake.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rasa.core.agent import Agent
from ruamel.yaml import YAML

HELD_OUT = Path("tests/questions/held_out/single.yml")
UNANSWERED = frozenset({"out_of_scope", "nlu_fallback"})


@dataclass(frozen=True)
class Result:
    """One question, its topic, what was understood, and the milliseconds that took."""

    text: str
    topic: str
    found: str
    confidence: float
    milliseconds: float


def questions(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (topic, text) from a file in Rasa's NLU format."""
    for block in YAML(typ="safe").load(path.read_text(encoding="utf-8"))["nlu"]:
        for line in block["examples"].splitlines():
            yield block["intent"], line.removeprefix("- ").strip()


def topic_of(parse: dict) -> str:
    """Return the topic of a parsed message: the intent, or the chosen answer's for retrieval intents."""
    name = parse["intent"]["name"]
    if name != "faq":
        return name
    return parse["response_selector"]["faq"]["response"]["intent_response_key"]


async def ask(agent: Agent, path: Path) -> list[Result]:
    """Ask the model every question of a file."""
    results = []
    for topic, text in questions(path):
        start = time.perf_counter()
        parse = await agent.parse_message(text)
        elapsed = (time.perf_counter() - start) * 1000
        results.append(Result(text, topic, topic_of(parse), parse["intent"]["confidence"], elapsed))
    return results


def figures(results: list[Result]) -> dict[str, float]:
    """Return the shares that the project is held to, each from 0 to 1, and the median milliseconds."""
    known = [r for r in results if r.topic != "out_of_scope"]
    off_topic = [r for r in results if r.topic == "out_of_scope"]
    emergencies = [r for r in results if r.topic == "emergency"]
    false_alarms = [r for r in results if r.topic != "emergency" and r.found == "emergency"]
    return {
        "questions": len(results),
        "right topic": _share(r.found == r.topic for r in known),
        "asked back": _share(r.found == "nlu_fallback" for r in known),
        "off topic answered as if known": _share(r.found not in UNANSWERED for r in off_topic),
        "emergencies found": _share(r.found == "emergency" for r in emergencies),
        "false alarms": len(false_alarms),
        "median ms": sorted(r.milliseconds for r in results)[len(results) // 2],
    }


def _share(values: Iterator[bool]) -> float:
    collected = list(values)
    return sum(collected) / len(collected) if collected else 1.0


def main() -> None:
    """Print the figures of a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=HELD_OUT)
    parser.add_argument("--model", default="models")
    parser.add_argument("--wrong", action="store_true", help="list what was misread")
    arguments = parser.parse_args()
    results = asyncio.run(ask(Agent.load(arguments.model), arguments.file))
    for name, value in figures(results).items():
        print(f"{name:34}{value:8.3f}")
    for r in results if arguments.wrong else []:
        if r.found != r.topic:
            print(f"{r.topic:26} -> {r.found:26} {r.confidence:.2f}  {r.text}")


if __name__ == "__main__":
    main()
