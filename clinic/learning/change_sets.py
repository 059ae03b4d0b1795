"""Sets of changes to the files of the folder of knowledge: shown, applied whole, taken back whole.

What a set is made from is remembered by a digest of the files it touches: a file that somebody has changed
by hand since the difference was shown is never written over.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from clinic.learning.tables import knowledge_change_files, knowledge_changes, new_topics, reviews


class ChangedMeanwhile(Exception):
    """A file is not what it was; ``paths`` says which."""

    def __init__(self, paths: list[str]) -> None:
        super().__init__(", ".join(paths))
        self.paths = paths


@dataclass(frozen=True)
class ChangeSet:
    """Whole files before and after, by their path inside a folder; before is None for a new file."""

    folder: Path
    before: Mapping[str, str | None]
    after: Mapping[str, str | None]

    @classmethod
    def of(cls, folder: Path, after: Mapping[str, str]) -> ChangeSet:
        """Return the set that gives files their new content."""
        return cls(folder, {path: content(folder / path) for path in after}, after)

    @property
    def digest(self) -> str:
        """What the set is made from and makes."""
        parts = [(path, self.before[path], self.after[path]) for path in sorted(self.after)]
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def difference(self) -> str:
        """Return the set as a unified diff."""
        return "".join(self._file(path) for path in sorted(self.after))

    def _file(self, path: str) -> str:
        before, after = self.before[path], self.after[path]
        old, new = ((text or "").splitlines(keepends=True) for text in (before, after))
        name = "/dev/null" if before is None else f"a/{path}"
        return "".join(difflib.unified_diff(old, new, name, f"b/{path}"))

    def write(self, folder: Path | None = None) -> None:
        """Write the files, all or none, into their own folder or a copy of it.

        Raises:
            ChangedMeanwhile: a file is not what it was.

        """
        folder = folder or self.folder
        changed = [path for path, text in self.before.items() if content(folder / path) != text]
        if changed:
            raise ChangedMeanwhile(changed)
        try:
            _write_all(folder, self.after)
        except OSError:
            _write_all(folder, self.before)
            raise


def content(path: Path) -> str | None:
    """Return a file's text exactly as it is, or None where there is no file."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None


def _write_all(folder: Path, files: Mapping[str, str | None]) -> None:
    for name, text in files.items():
        path = folder / name
        if text is None:
            path.unlink(missing_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".draft-")
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        Path(draft).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(draft).rename(path)


def apply(connection: Connection, changes: ChangeSet, summary: str, who: int, at: datetime) -> int:
    """Keep a set and write its files; return its number. Raises ChangedMeanwhile."""
    row = {"applied_at": at, "applied_by": who, "summary": summary}
    number = int(connection.execute(knowledge_changes.insert().values(row)).inserted_primary_key[0])
    files = [
        {"change_id": number, "path": path, "before": changes.before[path], "after": after}
        for path, after in changes.after.items()
    ]
    connection.execute(knowledge_change_files.insert(), files)
    changes.write()
    return number


def take_back(connection: Connection, number: int, folder: Path, who: int, at: datetime) -> bool:
    """Give the files of a set the content they had before, and open its decisions again.

    Returns:
        False when somebody else took it back meanwhile.

    Raises:
        ChangedMeanwhile: a file was changed since, by hand or by a later set; take that back first.

    """
    there = (knowledge_changes.c.id == number) & knowledge_changes.c.undone_at.is_(None)
    undone = knowledge_changes.update().where(there).values(undone_at=at, undone_by=who)
    if not connection.execute(undone).rowcount:
        return False
    for table in (reviews, new_topics):
        mine = table.c.change_id == number
        connection.execute(table.update().where(mine).values(change_id=None))
    rows = connection.execute(
        sa.select(knowledge_change_files).where(knowledge_change_files.c.change_id == number)
    ).all()
    after, before = ({row.path: getattr(row, side) for row in rows} for side in ("after", "before"))
    ChangeSet(folder, after, before).write()
    return True
