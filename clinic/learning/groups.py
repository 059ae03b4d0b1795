"""Groups questions that are alike by their sentence embeddings.

python -m clinic.learning.groups  reads a JSON list of texts, prints for each the number of its group's first

A process of its own, started when somebody asks for the groups: the embedding model needs 100 MB that the
console does not hold on to.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from clinic.learning.decisions import OPEN
from clinic.learning.queue import UNANSWERED
from clinic.learning.tables import reviews
from clinic.settings.environment import PROJECT

if TYPE_CHECKING:
    import numpy as np

ALIKE = 0.38  # mean cosine of two groups of questions that one answer may serve
MOST = 2000  # messages, the newest
WITHOUT_ANSWER = sa.or_(*(reviews.c.reasons.contains(reason) for reason in UNANSWERED)) & (
    reviews.c.state == OPEN
)


def grouped(vectors: np.ndarray) -> list[int]:
    """Return for each text the number of the first text of its group.

    Two groups become one while their questions are alike on average, so that no chain of likenesses leads
    from one subject to another.

    Args:
        vectors: float [n, d], none of them zero.

    """
    from scipy.cluster.hierarchy import fcluster, linkage  # noqa: PLC0415 (the console imports this module)

    if len(vectors) < 2:  # noqa: PLR2004
        return list(range(len(vectors)))
    labels = fcluster(linkage(vectors, "average", "cosine"), 1 - ALIKE, "distance")
    first = {label: number for number, label in reversed(list(enumerate(labels)))}
    return [first[label] for label in labels]


def are_stale(connection: Connection) -> bool:
    """Say whether there is an unanswered question without a group."""
    query = sa.select(reviews.c.id).where(WITHOUT_ANSWER, reviews.c.alike.is_(None)).limit(1)
    return connection.execute(query).first() is not None


def unanswered(connection: Connection) -> list[tuple[int, str]]:
    """Return (id, text) of the open questions that got no answer, newest first."""
    query = (
        sa.select(reviews.c.id, reviews.c.text)
        .where(WITHOUT_ANSWER)
        .order_by(reviews.c.id.desc())
        .limit(MOST)
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
    connection.execute(reviews.update().where(WITHOUT_ANSWER).values(alike=reviews.c.id))
    this, group = sa.bindparam("this"), sa.bindparam("group_of")
    rows = [{"this": one, "group_of": ids[first]} for one, first in zip(ids, groups, strict=True)]
    if rows:
        connection.execute(reviews.update().where(reviews.c.id == this).values(alike=group), rows)


def main() -> int:
    """Group the texts on standard input."""
    from clinic.nlu.minilm import MiniLM  # noqa: PLC0415 (the console imports this module)
    from clinic.nlu.normal import normal  # noqa: PLC0415

    texts = json.load(sys.stdin)
    vectors = MiniLM().embed([normal(text) or "?" for text in texts])
    print(json.dumps(grouped(vectors)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
