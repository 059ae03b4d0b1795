"""Sections of evaluation/results.md, each written by the command that measured it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from clinic.settings.environment import PROJECT
from evaluation.machine import machine

RESULTS = PROJECT / "evaluation" / "results.md"


def write(name: str, title: str, lines: list[str], path: Path = RESULTS) -> None:
    """Put a section between its markers, with the command and the machine; at the end when it is new."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    text = path.read_text(encoding="utf-8")
    if begin not in text:
        text = f"{text.rstrip()}\n\n## {title}\n\n{begin}\n{end}\n"
    before, after = text.partition(begin)[0], text.partition(end)[2]
    section = "\n".join([*lines, "", circumstances()])
    path.write_text(f"{before}{begin}\n{section}\n{end}{after}", encoding="utf-8")


def table(figures: Mapping[str, object]) -> list[str]:
    """Return figures as a table of one row, each under its name."""
    rows = (figures.keys(), ["---:"] * len(figures), figures.values())
    return ["| " + " | ".join(map(str, row)) + " |" for row in rows]


def progress(what: str, done: float, of: float, steps: int = 20) -> None:
    """Tell the person at the terminal how far a measurement has come, each time a step of it is done."""
    if done >= of or int(done * steps / of) > int((done - 1) * steps / of):
        print(f"  {what}: {done:,.0f} of {of:,.0f}", file=sys.stderr, flush=True)


def circumstances() -> str:
    """Return the command, the day, the machine and how busy it was."""
    module = sys.modules["__main__"].__spec__
    # A folder's name is enough: where it lies on this machine tells nobody anything.
    given = [Path(word).name if Path(word).is_absolute() else word for word in sys.argv[1:]]
    command = " ".join(["python -m", module.name if module else "", *given]).strip()
    return f"`{command}`, {datetime.now(UTC):%Y-%m-%d}, {machine()}; load average {os.getloadavg()[0]:.1f}."
