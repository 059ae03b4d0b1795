"""Learns a TopicModel from examples: kernel ridge regression, in closed form.

Each example speaks for its topic with the closeness of its embedding and of its n-grams. The same
equation tells how each example would be read had it not been learnt from: such readings of some thousand
examples set how scores become probabilities, and from which confidence on an answer is given. Nothing is
held out for that, and nothing is learnt twice.
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
from scipy.linalg import blas

from clinic.nlu.comparison import closeness, narrowed
from clinic.nlu.topic_model import Inputs, Neighbourhood, TopicModel, around, blended
from clinic.nlu.topics import OUT_OF_SCOPE

NGRAMS_SHARE = 0.07  # of the n-grams' closeness beside the embeddings'
COMMON = 0.01  # what any two texts have in common: the topics' bias
SMOOTHNESS = 0.0375  # added to each example's closeness with itself: higher believes single examples less
SHARPNESS = (6.0, 8.0, 10.0, 12.0, 14.0, 17.0, 20.0, 25.0)  # of the scores
NEIGHBOUR_SHARES = (0.0, 0.05, 0.15, 0.3, 0.45)
THREADS = 2  # on every machine: sums of more or fewer differ in their last digit
ROWS = 512  # examples that are compared with all others at once
FREQUENT = 512  # n-grams
CALIBRATING = 5000  # examples
PROBES = 256
OFF_TOPIC_COSTS = 3.5  # how much worse an answer to what is off topic is than another wrong answer


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
        some = np.linspace(0, len(labels) - 1, min(len(labels), CALIBRATING), dtype=int)
        unseen, nearby = fit.unseen[some], _around_some(inputs, labels, len(topics), some)
        sharpness, share = _likeliest(unseen, nearby.shares, labels[some])
        weights = np.float32(sharpness) * fit.weights
        examples, steps = narrowed(inputs.dense)
        model = TopicModel(
            topics=topics,
            examples=examples,
            example_steps=steps,
            labels=labels,
            example_weights=weights,
            sparse_weights=(NGRAMS_SHARE * (inputs.sparse.T @ weights)).astype(np.float16),
            bias=COMMON * weights.sum(axis=0),
            neighbour_share=share,
            gate=np.zeros(1),
            threshold=wrong_answer_costs / (1 + wrong_answer_costs),
        )
        return replace(model, gate=_gate(model, sharpness * unseen, nearby, labels[some]))


def _fit(inputs: Inputs, labels: np.ndarray, k: int) -> Fit:
    """Solve the ridge regression; an example's own part in it is what the inverse's diagonal tells.

    The diagonal is estimated as Hutchinson's method does a trace, to 3 %: exactly, it takes as long as all
    else.
    """
    targets = np.zeros((len(labels), k), np.float32)
    targets[np.arange(len(labels)), labels] = 1
    lower = scipy.linalg.cholesky(_kernel(inputs), lower=True, overwrite_a=True, check_finite=False)
    probes = np.random.default_rng(0).choice(np.array([-1, 1], np.float32), (len(labels), PROBES))
    solved = scipy.linalg.cho_solve((lower, True), np.hstack([targets, probes]), check_finite=False)
    weights, diagonal = solved[:, :k], np.mean(probes * solved[:, k:], axis=1)
    return Fit(weights, targets - weights / diagonal[:, None])


def _kernel(inputs: Inputs) -> np.ndarray:
    """Return how close the examples are to each other, float32 [m, m], its lower triangle alone."""
    count = len(inputs.dense)
    frequent, rare = _by_frequency(inputs.sparse)
    kernel = np.zeros((count, count), np.float32)

    def compare(rows: slice) -> None:
        others = slice(rows.start, None)
        similar = _products(inputs.dense[rows], inputs.dense[others])
        shared = _products(frequent[rows], frequent[others]) + (rare[rows] @ rare[others].T).toarray()
        kernel[rows, others] = closeness(similar) + NGRAMS_SHARE * shared + COMMON

    _each(compare, count)
    kernel[np.diag_indices(count)] += SMOOTHNESS
    return kernel.T  # columns behind one another, as LAPACK has them


def _by_frequency(sparse: scipy.sparse.csr_matrix) -> tuple[np.ndarray, scipy.sparse.csr_matrix]:
    """Return the most frequent n-grams as a full matrix, which is multiplied faster, and the others."""
    ranked = np.argsort(-np.bincount(sparse.indices, minlength=sparse.shape[1]), kind="stable")
    frequent, rare = np.sort(ranked[:FREQUENT]), np.sort(ranked[FREQUENT:])
    return sparse[:, frequent].toarray(), sparse[:, rare].tocsr()


def _around_some(inputs: Inputs, labels: np.ndarray, k: int, some: np.ndarray) -> Neighbourhood:
    """Look at the other examples around some."""

    def look(part: slice) -> Neighbourhood:
        rows = some[part]
        similar = _products(inputs.dense[rows], inputs.dense)
        similar[np.arange(len(rows)), rows] = -1
        return around(similar, labels, k)

    found = _each(look, len(some))
    return Neighbourhood(np.vstack([n.shares for n in found]), np.vstack([n.nearest for n in found]))


def _products(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return ``some @ others.T``, float32 [n, m], of float32 [n, d] and [m, d].

    By SciPy's BLAS: that of the NumPy that Rasa pins takes a new processor for one of 2004, and needs
    twice to five times as long.
    """
    return blas.sgemm(1, others.T, some.T, trans_a=True).T


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


def _gate(model: TopicModel, unseen: np.ndarray, nearby: Neighbourhood, truth: np.ndarray) -> np.ndarray:
    """Return logistic weights [g + 1] of "the first topic is right", where it is not off topic."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 (only training needs them)
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    probabilities, features = model.blend(unseen, nearby)
    first = probabilities.argmax(axis=1)
    known = first != model.index_of(OUT_OF_SCOPE)
    right = first == truth
    if len(set(right[known])) < 2:  # so few or so clear examples that nothing can be learned
        return np.append(np.zeros(features.shape[1]), 3.0 if right.all() else 0.0)
    scaler = StandardScaler().fit(features)
    costs = np.where(truth == model.index_of(OUT_OF_SCOPE), OFF_TOPIC_COSTS, 1.0)[known]
    logistic = LogisticRegression(solver="newton-cholesky")
    logistic.fit(scaler.transform(features)[known], right[known], sample_weight=costs)
    weights = logistic.coef_[0] / scaler.scale_
    return np.append(weights, logistic.intercept_[0] - weights @ scaler.mean_)
