"""Reads the folder of knowledge: topics with their titles and examples, answers, facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from clinic.settings import environment

FACTS = "facts.yml"
ANSWERED = "faq/"  # how the names of topics begin that have an answer of their own
SMALL = frozenset({"affirm", "deny", "greet", "goodbye", "thanks", "repeat", "stop"})


@dataclass(frozen=True)
class Topic:
    """What a message can be about.

    Attributes:
        name: Such as ``faq/pain``.
        title: Its first example, which buttons show.
        path: The file it stands in, inside the folder.
        examples: All of them, in order.

    """

    name: str
    title: str
    path: str
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Knowledge:
    """What the assistant knows: topics by name, texts of answers by response, facts by name."""

    topics: dict[str, Topic]
    answers: dict[str, list[str]]
    facts: dict[str, str]

    def examples(self) -> Iterator[tuple[str, str]]:
        """Yield (topic, text) of every example."""
        for topic in self.topics.values():
            for text in topic.examples:
                yield topic.name, text

    def title(self, name: str) -> str:
        """Return what people read for a topic."""
        return self.topics[name].title if name in self.topics else name


def knowledge() -> Knowledge:
    """Return the folder's content, read again when a file has changed. Raises OSError or YAMLError."""
    return read(environment().knowledge_folder)


def read(folder: Path) -> Knowledge:
    """Return a folder's content."""
    files = sorted(folder.rglob("*.yml"))
    return _read(folder, tuple((str(path), path.stat().st_mtime_ns) for path in files))


@lru_cache(maxsize=2)
def _read(folder: Path, files: tuple[tuple[str, int], ...]) -> Knowledge:
    topics: dict[str, Topic] = {}
    answers: dict[str, list[str]] = {}
    facts: dict[str, str] = {}
    for name, _ in files:
        content = parsed(Path(name).read_text(encoding="utf-8"))
        for topic in _topics(content, str(Path(name).relative_to(folder))):
            topics[topic.name] = topic
        for response, variations in (content.get("responses") or {}).items():
            answers[response] = [str(one.get("text") or "") for one in variations]
        for fact, said in (content.get("facts") or {}).items():
            facts[fact] = str(said["says"])
    return Knowledge(topics, answers, facts)


def parsed(text: str) -> dict[str, Any]:
    """Return a YAML file's content. Raises ruamel.yaml.YAMLError."""
    return YAML(typ="safe").load(text) or {}


def _topics(content: dict[str, Any], path: str) -> Iterator[Topic]:
    for block in content.get("nlu") or []:
        texts = tuple(lines_of(block.get("examples") or ""))
        if "intent" in block and texts:
            yield Topic(str(block["intent"]), texts[0], path, texts)


def lines_of(examples: Any) -> list[str]:
    """Return the texts of a block of examples, as Rasa reads it."""
    return [line.removeprefix("- ").strip() for line in str(examples).splitlines() if line.strip()]
