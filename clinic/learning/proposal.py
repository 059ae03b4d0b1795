"""What the decisions that are pending would change, and whether Rasa accepts it."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from ruamel.yaml import YAMLError
from sqlalchemy.engine import Connection, Row

from clinic.learning import decisions
from clinic.learning.change_sets import ChangeSet
from clinic.learning.edits import CannotEdit, NewTopic, edited
from clinic.learning.knowledge import ANSWERED, knowledge
from clinic.learning.tables import new_topics, reviews
from clinic.nlu.normal import normal
from clinic.settings import environment
from clinic.settings.environment import PROJECT

VALIDATION_SECONDS = 240
LAST_LINES = 15


@dataclass(frozen=True)
class Proposal:
    """Decisions, and what they come to.

    Attributes:
        decided: Reviews that become examples.
        written: New topics.
        changes: The set of changes; None when it cannot be made.
        problem: Why not.

    """

    decided: list[Row]
    written: list[Row]
    changes: ChangeSet | None
    problem: str = ""

    @property
    def summary(self) -> str:
        """What the set adds, in a few words."""
        counts = {"example": len(self.decided), "new topic": len(self.written)}
        parts = [f"{n} {what}{'s' if n > 1 else ''}" for what, n in counts.items() if n]
        return " and ".join(parts)


def proposed(connection: Connection) -> Proposal | None:
    """Return what is pending, or None when nothing is."""
    decided = decisions.pending(connection)
    written = list(connection.execute(sa.select(new_topics).where(new_topics.c.change_id.is_(None))).all())
    if not decided and not written:
        return None
    try:
        folder = environment().knowledge_folder
        examples = [(row.decided_topic, row.example) for row in decided]
        new = [_new_topic(row) for row in written]
        changes = ChangeSet.of(folder, edited(folder, knowledge(), examples, new))
    except (CannotEdit, OSError, YAMLError) as error:
        return Proposal(decided, written, None, str(error))
    return Proposal(decided, written, changes)


def _new_topic(row: Row) -> NewTopic:
    title = normal(row.title)
    examples = tuple(text for text in row.examples.splitlines() if normal(text) != title)
    return NewTopic(row.name, row.title, row.answer, tuple(row.facts.split()), examples)


def mark_applied(connection: Connection, proposal: Proposal, number: int) -> None:
    """Note of which set of changes the decisions are a part."""
    for table, rows in ((reviews, proposal.decided), (new_topics, proposal.written)):
        these = table.c.id.in_([row.id for row in rows])
        connection.execute(table.update().where(these).values(change_id=number))
    names = [f"{ANSWERED}{row.name}" for row in proposal.written]
    new = (reviews.c.state == decisions.NEW) & reviews.c.decided_topic.in_(names)
    connection.execute(reviews.update().where(new).values(change_id=number))


async def faults(changes: ChangeSet) -> str:
    """Return what `rasa data validate` says against a set of changes, tried on a copy; nothing if it accepts.

    Raises:
        ChangedMeanwhile: a file was changed since.

    """
    with tempfile.TemporaryDirectory(prefix="clinic-") as name:
        copy = Path(name) / "data"
        await asyncio.to_thread(shutil.copytree, changes.folder, copy)
        changes.write(copy)
        command = ["-W", "ignore", "-m", "rasa", "data", "validate", "--data", str(copy)]
        process = await asyncio.create_subprocess_exec(
            *("nice", sys.executable, *command, "--max-history", "5"),
            cwd=PROJECT,
            env=os.environ | {"FORCE_JSON_LOGGING": ""},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            said, _ = await asyncio.wait_for(process.communicate(), VALIDATION_SECONDS)
        except TimeoutError:
            process.kill()
            return "Rasa's validation took too long. Try again when the machine is less busy."
    lines = said.decode("utf-8", "replace").splitlines()
    bad = [line for line in lines if "ERROR" in line or "completed with errors" in line]
    return "\n".join(bad or lines[-LAST_LINES:]) if bad or process.returncode else ""
