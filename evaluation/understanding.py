"""How well the assistant understands: every held-out file, with what the project is held to beside it.

    python -m evaluation.understanding            # the newest model; writes results.md and a picture

The files are in tests/questions/held_out; nobody trains or tunes on them.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from ruamel.yaml import YAML

from clinic.serving.measure import topics_of
from clinic.settings.environment import PROJECT
from evaluation import report
from evaluation.questions import UNANSWERED, questions
from tests.data import examples

HELD_OUT = PROJECT / "tests" / "questions" / "held_out"
PICTURE = PROJECT / "docs" / "confusions.png"
EMERGENCY, OUT_OF_SCOPE, FALLBACK = "emergency", "out_of_scope", "nlu_fallback"
PAIRS_SHOWN = 20
# Each figure's name, and the least (or, for what begins with "not", the most) that is asked.
ASKED = {
    "right topic": 0.95,
    "right topic of noisy messages": 0.90,
    "both answers of double questions": 0.90,
    "both answers and nothing beside them": 0.90,
    "right topic of follow-ups": 0.90,
    "right topic after a change of subject": 0.95,
    "emergencies found": 1.0,
    "not: false alarms": 0.02,
    "not: off topic answered as known": 0.02,
    "not: off topic behind a topic answered as known": 0.05,
    "not: real questions turned away": 0.03,
}


@dataclass(frozen=True)
class Asked:
    """One message with the topics it asks for and those that were found."""

    topics: tuple[str, ...]
    found: tuple[str, ...]
    text: str

    @property
    def right(self) -> bool:
        return set(self.topics) == set(self.found)

    @property
    def confused(self) -> tuple[str, str]:
        """The topic, and what it was taken for, or what was found beside it."""
        other = next((found for found in self.found if found not in self.topics), "nothing")
        return self.topics[0], f"also {other}" if self.topics[0] in self.found else other


@dataclass(frozen=True)
class Answers:
    """What was understood of every held-out file."""

    plain: list[Asked]
    noisy: list[Asked]
    safety: list[Asked]
    pairs: list[Asked]
    talks: list[list[Asked]]
    changes: list[Asked]


async def single(agent: Agent, path: Path) -> list[Asked]:
    """Ask each message of a file in Rasa's NLU format."""
    pairs = list(questions(path))
    return [Asked((topic,), await _found(agent, text), text) for topic, text in pairs]


async def double(agent: Agent, path: Path) -> list[Asked]:
    """Ask the messages with several questions."""
    asked = _listed(path, "questions")
    return [Asked(tuple(q["topics"]), await _found(agent, q["text"]), q["text"]) for q in asked]


async def _found(agent: Agent, text: str) -> tuple[str, ...]:
    return tuple(topics_of(await agent.parse_message(text)))


async def dialogues(agent: Agent, path: Path) -> list[list[Asked]]:
    """Hold each dialogue and return its turns."""
    held = _listed(path, "dialogues")
    return [[turn async for turn in turns(agent, d["turns"], d["topics"])] for d in held]


async def changes(agent: Agent, path: Path) -> list[Asked]:
    """Ask each message of a file behind another topic of the clinic's page, named by its first example."""
    titles = {topic: texts[0] for topic, texts in examples().items() if topic.startswith("faq/")}
    chance, asked = random.Random(3), []
    for topic, text in questions(path):
        before = chance.choice([other for other in titles if other != topic])
        asked += [turn async for turn in turns(agent, [titles[before], text], [before, topic])][1:]
    return asked


def _listed(path: Path, name: str) -> list[dict[str, Any]]:
    return list(YAML(typ="safe").load(path.read_text(encoding="utf-8"))[name])


async def turns(agent: Agent, texts: list[str], topics: list[str]) -> AsyncIterator[Asked]:
    """Say the texts, one after the other, in one conversation, and yield what each asks and was found to."""
    processor = agent.processor
    tracker = DialogueStateTracker("held-out", processor.domain.slots)
    for text, topic in zip(texts, topics, strict=True):
        parse = await processor.parse_message(UserMessage(text), tracker)
        tracker.update(UserUttered(text, parse["intent"], parse["entities"], parse), processor.domain)
        yield Asked((topic,), tuple(topics_of(parse)), text)


def figures(answers: Answers) -> dict[str, float]:
    """Return the share of each name in ASKED."""
    plain, noisy, safety = answers.plain, answers.noisy, answers.safety
    known = [a for a in plain if a.topics[0] not in {OUT_OF_SCOPE, EMERGENCY}]
    off_topic = [a for a in plain + noisy if a.topics[0] == OUT_OF_SCOPE]
    alarming = [a for a in plain + noisy + safety if a.topics[0] == EMERGENCY]
    harmless = [a for a in plain + noisy + safety if a.topics[0] != EMERGENCY]
    later = [turn for talk in answers.talks for turn in talk[1:]]
    changed = [a for a in answers.changes if a.topics[0] != OUT_OF_SCOPE]
    strayed = [a for a in answers.changes if a.topics[0] == OUT_OF_SCOPE]
    return {
        "right topic": _share(a.right for a in known),
        "right topic of noisy messages": _share(a.right for a in noisy),
        "both answers of double questions": _share(set(a.topics) <= set(a.found) for a in answers.pairs),
        "both answers and nothing beside them": _share(a.right for a in answers.pairs),
        "right topic of follow-ups": _share(a.right for a in later),
        "right topic after a change of subject": _share(a.right for a in changed),
        "emergencies found": _share(EMERGENCY in a.found for a in alarming),
        "not: false alarms": _share(EMERGENCY in a.found for a in harmless),
        "not: off topic answered as known": _share(not set(a.found) & UNANSWERED for a in off_topic),
        "not: off topic behind a topic answered as known": _share(
            not set(a.found) & UNANSWERED for a in strayed
        ),
        "not: real questions turned away": _share(bool(set(a.found) & UNANSWERED) for a in known),
    }


def _share(values: Iterator[bool]) -> float:
    collected = list(values)
    return sum(collected) / len(collected)


def draw(confused: Counter[tuple[str, str]]) -> None:
    """Draw the most frequent confusions as bars."""
    import matplotlib as mpl  # noqa: PLC0415

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    rows = confused.most_common(PAIRS_SHOWN)[::-1]
    figure, axes = plt.subplots(figsize=(9, 0.32 * len(rows) + 1.2), layout="constrained")
    axes.barh([f"{topic} → {found}" for (topic, found), _ in rows], [n for _, n in rows], color="#3b6e8f")
    axes.set_xlabel("held-out messages read as the other topic")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(PICTURE, dpi=110)


async def ask_all(agent: Agent) -> Answers:
    """Ask everything that is held out."""
    plain, noisy, safety = [await single(agent, HELD_OUT / f"{n}.yml") for n in ("single", "noisy", "safety")]
    pairs, talks = await double(agent, HELD_OUT / "double.yml"), dialogues(agent, HELD_OUT / "follow_ups.yml")
    return Answers(plain, noisy, safety, pairs, await talks, await changes(agent, HELD_OUT / "single.yml"))


async def figures_of(agent: Agent) -> dict[str, float]:
    """Return the share of each name in ASKED."""
    return figures(await ask_all(agent))


async def measure(model: Path) -> tuple[dict[str, float], Counter[tuple[str, str]], int]:
    """Return the figures, the confused pairs of single messages, and how many messages there were."""
    answers = await ask_all(Agent.load(str(model)))
    alone = answers.plain + answers.noisy + answers.safety
    confused = Counter(asked.confused for asked in alone if not asked.right)
    return figures(answers), confused, len(alone) + len(answers.pairs) + len(answers.talks)


def main() -> None:
    """Print the table, draw the picture and write results.md."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    found, confused, count = asyncio.run(measure(PROJECT / "models"))
    lines = ["| held out | measured | asked |", "|---|---:|---:|"]
    for name, value in found.items():
        limit = "at most" if name.startswith("not: ") else "at least"
        lines.append(f"| {name.removeprefix('not: ')} | {value:.1%} | {limit} {ASKED[name]:.0%} |")
    print("\n".join(lines))
    draw(confused)
    picture = "![Confused topics](../docs/confusions.png)"
    report.write(
        "understanding", "Understanding", [*lines, "", f"{count} messages and dialogues.", "", picture]
    )


if __name__ == "__main__":
    main()
