"""What data/ holds, read plainly."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from clinic.settings.environment import PROJECT

DATA = PROJECT / "data"


def load(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


@cache
def examples() -> dict[str, list[str]]:
    """Return each topic's examples, in order."""
    found: dict[str, list[str]] = {}
    for path in sorted((DATA / "nlu").rglob("*.yml")):
        for block in load(path)["nlu"]:
            lines = block["examples"].splitlines()
            found.setdefault(block["intent"], []).extend(line.removeprefix("- ") for line in lines)
    return found


@cache
def responses() -> dict[str, list[dict[str, Any]]]:
    """Return each response's variations."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted((DATA / "responses").glob("*.yml")):
        found |= load(path)["responses"]
    return found


@cache
def facts() -> dict[str, dict[str, str]]:
    """Return the clinic's statements by their numbers."""
    return load(DATA / "facts.yml")["facts"]


def variations() -> list[tuple[str, dict[str, Any]]]:
    """Return every variation of every response with the response's name."""
    return [(name, variation) for name, several in responses().items() for variation in several]
