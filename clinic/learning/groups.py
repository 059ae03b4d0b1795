"""Groups questions that are alike by their sentence embeddings.

python -m clinic.learning.groups  reads a JSON list of texts, prints for each the number of its group's middle

A process of its own, started when somebody asks for the groups: the embedding model needs 100 MB that the
console does not hold on to.
"""

from __future__ import annotations

import asyncio
import json
import sys

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from clinic.learning.decisions import OPEN
from clinic.learning.queue import UNANSWERED
from clinic.learning.tables import reviews
from clinic.settings.environment import PROJECT

ALIKE = 0.55  # cosine of two questions that one answer may serve
MOST = 2000  # messages, the newest
_unanswered = sa.or_(*(reviews.c.reasons.contains(reason) for reason in UNANSWERED)) & (
    reviews.c.state == OPEN
)


def grouped(vectors: np.ndarray, alike: float = ALIKE) -> list[int]:
    """Return for each text the number of the text that its group is named by.

    The text with most neighbours takes them first, then the one with most of those that are left, and so on:
    a group is what is near its middle, and no chain of likenesses leads away from it.

    Args:
        vectors: float32 [n, d], each of unit length.
        alike: The least cosine to a group's middle.

    """
    near = vectors @ vectors.T >= alike
    free = np.ones(len(vectors), bool)
    groups = [0] * len(vectors)
    while free.any():
        counts = np.where(free, near[:, free].sum(axis=1), -1)
        middle = int(counts.argmax())
        members = np.flatnonzero(near[middle] & free)
        free[members] = False
        free[middle] = False
        for member in {*members.tolist(), middle}:
            groups[member] = middle
    return groups


def are_stale(connection: Connection) -> bool:
    """Say whether there is an unanswered question without a group."""
    query = sa.select(reviews.c.id).where(_unanswered, reviews.c.alike.is_(None)).limit(1)
    return connection.execute(query).first() is not None


def unanswered(connection: Connection) -> list[tuple[int, str]]:
    """Return (id, text) of the open questions that got no answer, newest first."""
    query = (
        sa.select(reviews.c.id, reviews.c.text).where(_unanswered).order_by(reviews.c.id.desc()).limit(MOST)
    )
    return [(row.id, row.text) for row in connection.execute(query).all()]


async def groups_of(texts: list[str]) -> list[int]:
    """Return ``grouped`` of texts, worked out in a process of its own. Raises RuntimeError."""
    process = await asyncio.create_subprocess_exec(
        *("nice", sys.executable, "-m", "clinic.learning.groups"),
        cwd=PROJECT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate(json.dumps(texts).encode())
    if process.returncode:
        raise RuntimeError("the questions could not be grouped; the log says why")
    return list(json.loads(printed))


def store(connection: Connection, ids: list[int], groups: list[int]) -> None:
    """Keep which group each question is in. One beyond the newest stands alone."""
    connection.execute(reviews.update().where(_unanswered).values(alike=reviews.c.id))
    this, group = sa.bindparam("this"), sa.bindparam("group_of")
    rows = [{"this": one, "group_of": ids[middle]} for one, middle in zip(ids, groups, strict=True)]
    if rows:
        connection.execute(reviews.update().where(reviews.c.id == this).values(alike=group), rows)


def main() -> int:
    """Group the texts on standard input."""
    from clinic.nlu.minilm import MEAN, MiniLM  # noqa: PLC0415 (the console imports this module)
    from clinic.nlu.normal import normal  # noqa: PLC0415

    texts = json.load(sys.stdin)
    vectors = MiniLM().embed([normal(text) for text in texts])[:, :MEAN] if texts else np.zeros((0, MEAN))
    print(json.dumps(grouped(vectors)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
