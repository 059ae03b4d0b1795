"""Guards the training examples: what contradicts, repeats, is too thin, or looks mislabelled.

    python -m evaluation.data       # part of `make check`; needs a trained model

Contradictions, duplicates and thin topics are errors. Topics that are hard to tell apart, closest first,
and examples that lie among another topic's are listed for whoever writes the next ones: an example may
stand there on purpose ("the truth hurts lol" is no question about pain).
"""

from __future__ import annotations

import sys

import numpy as np

from clinic.learning.guard import Example, contradictions, duplicates, thin
from clinic.nlu.explain import trained_examples
from clinic.settings.environment import PROJECT

NEIGHBOURS = 10
CLOSE_PAIRS = 10


def nearest_topics(vectors: np.ndarray, labels: np.ndarray, k: int) -> np.ndarray:
    """Return [n, k]: how many of each example's nearest other examples have each topic."""
    votes = np.zeros((len(labels), k), np.int32)
    for start in range(0, len(labels), 500):
        rows = np.arange(start, min(start + 500, len(labels)))
        similar = vectors[rows] @ vectors.T
        similar[np.arange(len(rows)), rows] = -1  # not itself
        nearest = np.argpartition(-similar, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
        np.add.at(votes, (rows[:, None], labels[nearest]), 1)
    return votes


def mislabelled(
    examples: list[Example], topics: np.ndarray, labels: np.ndarray, votes: np.ndarray
) -> list[str]:
    """Return a line for each example whose nearest others all have one other topic."""
    found = np.flatnonzero((votes.max(axis=1) == NEIGHBOURS) & (votes.argmax(axis=1) != labels))
    return [
        f"{examples[i][1]!r} under {examples[i][0]} looks like {topics[votes[i].argmax()]}" for i in found
    ]


def too_close(topics: np.ndarray, labels: np.ndarray, votes: np.ndarray) -> list[str]:
    """Return the pairs of topics that share most neighbours, with that share."""
    k = len(topics)
    shared = np.zeros((k, k))
    np.add.at(shared, labels, votes)
    shared /= shared.sum(axis=1, keepdims=True)
    pairs = [(shared[a, b] + shared[b, a], a, b) for a in range(k) for b in range(a)]
    return [
        f"{share / 2:.0%} {topics[a]} and {topics[b]}"
        for share, a, b in sorted(pairs, reverse=True)[:CLOSE_PAIRS]
    ]


def main() -> int:
    """Print what was found; return 1 when something has to be put right."""
    known = trained_examples(PROJECT / "models")
    examples = list(zip((str(known.topics[label]) for label in known.labels), known.texts, strict=True))
    votes = nearest_topics(known.vectors, known.labels, len(known.topics))
    errors = {
        "contradictions": contradictions(examples),
        "duplicates": duplicates(examples),
        "thin topics": thin(examples),
    }
    print("Closest topics:", "; ".join(too_close(known.topics, known.labels, votes)))
    for line in mislabelled(examples, known.topics, known.labels, votes):
        print(f"Among another topic's: {line}")
    for kind, lines in errors.items():
        for line in lines:
            print(f"data/nlu, {kind}: {line}", file=sys.stderr)
    return int(any(errors.values()))


if __name__ == "__main__":
    sys.exit(main())
