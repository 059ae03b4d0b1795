"""Learns a TopicModel from examples: kernel ridge regression, in closed form.

Each example speaks for its topic with the closeness of its embedding and of its n-grams. The same
equation tells how each example would be read had it not been learnt from: these readings set how scores
become probabilities, and from which confidence on an answer is given. Nothing is held out for that, and
nothing is learnt twice.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import scipy.linalg
import scipy.sparse

from clinic.nlu.topic_model import Inputs, Neighbourhood, TopicModel, around, blended, closeness
from clinic.nlu.topics import OUT_OF_SCOPE

NGRAMS_SHARE = 0.125  # of the n-grams' closeness beside the embeddings'
COMMON = 0.01  # what any two texts have in common: the topics' bias
SMOOTHNESS = 0.0375  # added to each example's closeness with itself: higher believes single examples less
SHARPNESS = (6.0, 8.0, 10.0, 12.0, 14.0, 17.0, 20.0, 25.0)  # of the scores
NEIGHBOUR_SHARES = (0.05, 0.15, 0.3, 0.45)
THREADS = 2  # on every machine: sums of more or fewer differ in their last digit
ROWS = 512  # examples that are compared with all others at once


@dataclass
class Fit:
    """What was learnt from m examples.

    Attributes:
        weights: float32 [m, k], what each example says for each topic.
        unseen: float32 [m, k], each example's scores had it not been among them.

    """

    weights: np.ndarray
    unseen: np.ndarray


def train(inputs: Inputs, names: list[str], wrong_answer_costs: float) -> TopicModel:
    """Learn topics from examples; the same examples in the same order give the same model.

    Args:
        inputs: Features of m examples.
        names: Their m topics, in alphabetical order; what is off topic is named out_of_scope.
        wrong_answer_costs: How much worse a wrong answer is than asking back for nothing; sets the
            threshold.

    Raises:
        ValueError: the examples are in another order.

    """
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 (only training needs it)

    topics, labels = np.unique(names, return_inverse=True)
    if list(names) != sorted(names):
        raise ValueError("the examples must be in the order of their topics")
    with threadpool_limits(THREADS):
        fit = _fit(inputs, labels, len(topics))
        nearby = _around_each(inputs, labels, len(topics))
        sharpness, share = _likeliest(fit.unseen, nearby.shares, labels)
        weights = np.float32(sharpness) * fit.weights
        model = TopicModel(
            topics=topics,
            examples=np.ascontiguousarray(inputs.dense),
            labels=labels,
            example_weights=weights,
            sparse_weights=(NGRAMS_SHARE * (inputs.sparse.T @ weights)).astype(np.float16),
            bias=COMMON * weights.sum(axis=0),
            neighbour_share=share,
            gate=np.zeros(1),
            threshold=wrong_answer_costs / (1 + wrong_answer_costs),
        )
        return replace(model, gate=_gate(model, sharpness * fit.unseen, nearby))


def _fit(inputs: Inputs, labels: np.ndarray, k: int) -> Fit:
    """Solve the ridge regression; an example's own part in it is what the inverse's diagonal tells."""
    targets = np.zeros((len(labels), k), np.float32)
    targets[np.arange(len(labels)), labels] = 1
    lower = scipy.linalg.cholesky(_kernel(inputs), lower=True, overwrite_a=True, check_finite=False)
    weights = scipy.linalg.cho_solve((lower, True), targets, check_finite=False)
    inverse, _ = scipy.linalg.lapack.strtri(lower, lower=1, overwrite_c=1)
    diagonal = np.einsum("ij,ij->j", inverse, inverse)
    return Fit(weights, targets - weights / diagonal[:, None])


def _kernel(inputs: Inputs) -> np.ndarray:
    """Return how close the examples are to each other, float32 [m, m], its lower triangle alone."""
    count = len(inputs.dense)
    kernel = np.zeros((count, count), np.float32, order="F")

    def compare(rows: slice) -> None:
        shared = inputs.sparse[rows] @ inputs.sparse[: rows.stop].T
        similar = Inputs(inputs.dense[rows], shared).similar(inputs.dense[: rows.stop])
        kernel[rows, : rows.stop] = closeness(similar) + NGRAMS_SHARE * shared.toarray() + COMMON

    _each(compare, count)
    kernel[np.diag_indices(count)] += SMOOTHNESS
    return kernel


def _around_each(inputs: Inputs, labels: np.ndarray, k: int) -> Neighbourhood:
    """Look at the other examples around each."""

    def look(rows: slice) -> Neighbourhood:
        similar = Inputs(inputs.dense[rows], inputs.sparse[rows]).similar(inputs.dense)
        similar[np.arange(len(similar)), np.arange(rows.start, rows.stop)] = -1
        return around(similar, labels, k)

    found = _each(look, len(inputs.dense))
    return Neighbourhood(np.vstack([n.shares for n in found]), np.vstack([n.nearest for n in found]))


def _each(work: Callable[[slice], Any], count: int) -> list[Any]:
    """Do a work for all examples, ROWS at once and THREADS side by side, each on one core."""
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 (only training needs it)

    parts = [slice(start, min(start + ROWS, count)) for start in range(0, count, ROWS)]
    with threadpool_limits(1), ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, parts))


def _likeliest(scores: np.ndarray, nearby: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Return the sharpness and the nearest examples' share under which the topics are likeliest."""
    rows = np.arange(len(truth))

    def loss(blend: tuple[float, float]) -> float:
        probabilities = blended(blend[0] * scores, nearby, blend[1])
        return float(-np.mean(np.log(probabilities[rows, truth] + 1e-9)))

    return min(product(SHARPNESS, NEIGHBOUR_SHARES), key=loss)


def _gate(model: TopicModel, unseen: np.ndarray, nearby: Neighbourhood) -> np.ndarray:
    """Return logistic weights [g + 1] of "the first topic is right", where it is not off topic."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 (only training needs them)
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    probabilities, features = model.blend(unseen, nearby)
    first = probabilities.argmax(axis=1)
    known = first != model.index_of(OUT_OF_SCOPE)
    right = first == model.labels
    if len(set(right[known])) < 2:  # so few or so clear examples that nothing can be learned
        return np.append(np.zeros(features.shape[1]), 3.0 if right.all() else 0.0)
    scaler = StandardScaler().fit(features)
    logistic = LogisticRegression(solver="newton-cholesky").fit(
        scaler.transform(features)[known], right[known]
    )
    weights = logistic.coef_[0] / scaler.scale_
    return np.append(weights, logistic.intercept_[0] - weights @ scaler.mean_)
