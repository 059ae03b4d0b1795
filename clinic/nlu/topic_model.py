"""What the classifier has learnt: kernel scores and nearest examples, blended and calibrated.

topic_training.py makes it. Shapes: n texts, m training examples, k topics, d dense
and s sparse features.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
import scipy.sparse
from onnxruntime import InferenceSession

from clinic.nlu.comparison import Comparison
from clinic.nlu.onnx_builder import Builder, session
from clinic.nlu.topics import OUT_OF_SCOPE, Reading

NEIGHBOURS = 15
NEIGHBOUR_SHARPNESS = 12.0
RANKED = 20  # topics of a reading


@dataclass
class Inputs:
    """Features of n texts: dense [n, d] as MiniLM gives them and sparse [n, s]."""

    dense: np.ndarray
    sparse: scipy.sparse.csr_matrix

    def rows(self, which: np.ndarray) -> Inputs:
        """Return the features of some of the texts."""
        return Inputs(self.dense[which], self.sparse[which])


@dataclass
class Neighbourhood:
    """The examples around n texts.

    Attributes:
        shares: [n, k], each topic's share among the nearest examples, nearer ones counting more.
        nearest: [n, k], the cosine of each topic's nearest example.

    """

    shares: np.ndarray
    nearest: np.ndarray


@dataclass
class TopicModel:
    """A trained classifier.

    Attributes:
        topics: Names of the k topics.
        examples: int8 [m, d], the training examples' sentence embeddings.
        example_steps: float32 [m], by what each one's numbers are multiplied (comparison.py).
        labels: int [m], the examples' topics, ascending.
        example_weights: float32 [m, k], what each example's closeness says for each topic; scores are logits.
        sparse_weights: float16 [s, k]; the largest array by far.
        bias: float32 [k].
        neighbour_share: Weight of the nearest examples in the blend.
        gate: float [g + 1], logistic weights (the last is the bias) of "the first topic is right".
        threshold: The confidence from which a reading is sure.

    """

    topics: np.ndarray
    examples: np.ndarray
    example_steps: np.ndarray
    labels: np.ndarray
    example_weights: np.ndarray
    sparse_weights: np.ndarray
    bias: np.ndarray
    neighbour_share: float
    gate: np.ndarray
    threshold: float

    @cached_property
    def _comparison(self) -> Comparison:
        return Comparison(self.examples, self.example_steps, self.example_weights)

    @cached_property
    def _names(self) -> list[str]:
        return list(map(str, self.topics))

    def read(self, inputs: Inputs) -> list[Reading]:
        """Return a reading for each text."""
        similar, sums = self._comparison.compare(inputs.dense)
        scores = sums + self._sparse_scores(inputs.sparse) + self.bias
        probabilities, features = self.blend(scores, around(similar, self.labels, len(self.topics)))
        confidence = _sigmoid(features @ self.gate[:-1] + self.gate[-1])
        return [self._reading(p, c) for p, c in zip(probabilities, confidence, strict=True)]

    def blend(self, scores: np.ndarray, nearby: Neighbourhood) -> tuple[np.ndarray, np.ndarray]:
        """Return the topics' probabilities [n, k] and what the gate looks at [n, g], of logits [n, k]."""
        probabilities = blended(scores, nearby.shares, self.neighbour_share)
        return probabilities, _gate_features(probabilities, scores, nearby, self.index_of(OUT_OF_SCOPE))

    def index_of(self, topic: str) -> int:
        """Return the position of a topic, or -1 where it is unknown."""
        return self._names.index(topic) if topic in self._names else -1

    def _sparse_scores(self, sparse: scipy.sparse.csr_matrix) -> np.ndarray:
        """Return [n, k] from the rows of the weights that the texts need."""
        scores = np.zeros((sparse.shape[0], len(self.topics)), np.float32)
        for number, (start, end) in enumerate(pairwise(sparse.indptr)):
            needed = self.sparse_weights[sparse.indices[start:end]].astype(np.float32)
            scores[number] = sparse.data[start:end] @ needed
        return scores

    def _reading(self, probabilities: np.ndarray, confidence: float) -> Reading:
        best = np.argsort(-probabilities)[:RANKED]
        ranking = tuple(zip(map(self._names.__getitem__, best), probabilities[best].tolist(), strict=True))
        sure = confidence >= self.threshold or ranking[0][0] == OUT_OF_SCOPE
        return Reading(ranking, float(confidence), bool(sure))

    def save(self, path: Path) -> None:
        """Write to one .npz file."""
        np.savez(path, **{field.name: getattr(self, field.name) for field in fields(self)})

    @classmethod
    def from_file(cls, path: Path) -> TopicModel:
        """Read what ``save`` wrote; nothing in the file is executed."""
        with np.load(path, allow_pickle=False) as stored:
            values = {name: stored[name] for name in stored.files}
        for name in ("neighbour_share", "threshold"):
            values[name] = float(values[name])
        model = cls(**values)
        _ = model._comparison  # at start, not with the first visitor's message
        return model


def around(similar: np.ndarray, labels: np.ndarray, k: int) -> Neighbourhood:
    """Look at the examples around n texts.

    Args:
        similar: Cosines [n, m] with the examples.
        labels: The examples' topics [m], ascending, each topic with one at least.
        k: The number of topics.

    """
    starts = np.searchsorted(labels, np.arange(k))
    return Neighbourhood(_shares(similar, labels, k), np.maximum.reduceat(similar, starts, axis=1))


def _shares(similar: np.ndarray, labels: np.ndarray, k: int) -> np.ndarray:
    cosines, nearest = largest(similar, min(NEIGHBOURS, similar.shape[1]))
    weights = np.exp(NEIGHBOUR_SHARPNESS * cosines)
    cells = labels[nearest] + k * np.arange(len(similar))[:, None]
    shares = np.bincount(cells.ravel(), weights.ravel(), len(similar) * k).reshape(-1, k)
    return shares / shares.sum(axis=1, keepdims=True)


def largest(values: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the ``count`` largest of each row [n, m], largest first, and where they are: int [n, count].

    By ONNX Runtime, which does not sort the others as NumPy would.
    """
    found, places = _top().run(None, {"values": values, "count": np.array([count], np.int64)})
    return np.asarray(found), np.asarray(places)


@cache
def _top() -> InferenceSession:
    network = Builder()
    found, places = network.top(network.input("values", "float32"), network.input("count", "int64"))
    network.output("found", found)
    network.output("places", places, "int64")
    return session(network.content())


def blended(scores: np.ndarray, nearby: np.ndarray, share: float) -> np.ndarray:
    """Return probabilities [n, k] of logits and of the nearest examples."""
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return (1 - share) * exponentials / exponentials.sum(axis=1, keepdims=True) + share * nearby


def _gate_features(
    probabilities: np.ndarray, scores: np.ndarray, nearby: Neighbourhood, out_of_scope: int
) -> np.ndarray:
    """Return [n, 9]: how clear the first topic is, how near its examples, how likely off topic."""
    rows = np.arange(len(probabilities))
    order = np.argsort(-probabilities, axis=1)
    first, second = order[:, 0], order[:, 1]
    none = np.zeros(len(rows))
    return np.stack(
        [
            np.log(probabilities[rows, first] + 1e-9),
            np.log(probabilities[rows, second] + 1e-9),
            scores[rows, first],
            scores[rows, second],
            nearby.shares[rows, first],
            nearby.nearest[rows, first],
            nearby.nearest.max(axis=1),
            scores[:, out_of_scope] if out_of_scope >= 0 else none,
            probabilities[:, out_of_scope] if out_of_scope >= 0 else none,
        ],
        axis=1,
    )


def _sigmoid(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(values, -30, 30)))
