"""Writes a measurement's section of results.md between its own markers."""

from __future__ import annotations

from pathlib import Path

from clinic.settings.environment import PROJECT

RESULTS = PROJECT / "evaluation" / "results.md"


def write(name: str, section: str, path: Path = RESULTS) -> None:
    """Put a section between its markers, at the end of the file when they are missing."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if begin not in text or end not in text:
        text = f"{text.rstrip()}\n\n{begin}\n{end}\n".lstrip()
    before, after = text.partition(begin)[0], text.partition(end)[2]
    path.write_text(f"{before}{begin}\n{section}\n{end}{after}", encoding="utf-8")
