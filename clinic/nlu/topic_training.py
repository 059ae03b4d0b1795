"""Learns a TopicModel from examples, with scikit-learn.

A linear separator for each topic over embeddings and n-grams; where asked for, a logistic regression
of the embeddings laid over it. A held-out part of the examples sets how the scores become
probabilities and learns from which confidence on an answer is given. Both are linear in the same
features, so that what is stored is one matrix.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from clinic.nlu.minilm import MEAN
from clinic.nlu.topic_model import Inputs, TopicModel, blended, neighbours
from clinic.nlu.topics import OUT_OF_SCOPE

HELD_OUT = 0.25  # of the examples: for calibration only, the final weights see all
SHARPNESS = (2.0, 3.0, 4.0, 5.0, 6.0, 8.0)  # of the separators' margins
LOGISTIC_SHARES = (0.0, 0.25, 0.5, 1.0)
NEIGHBOUR_SHARES = (0.05, 0.15, 0.3, 0.45)
NEVER = -10.0  # the bias of a topic that a part of the examples lacks


@dataclass
class Linear:
    """Scores of k topics: weights [features, k] and bias [k]."""

    weights: np.ndarray
    bias: np.ndarray

    @classmethod
    def of(cls, machine: Any, k: int) -> Linear:
        """Take over what a linear scikit-learn classifier has learnt."""
        coefficients, intercepts = machine.coef_, machine.intercept_
        if len(machine.classes_) == 2:  # scikit-learn keeps one row for two classes
            coefficients, intercepts = (
                np.vstack([-coefficients, coefficients]),
                np.r_[-intercepts, intercepts],
            )
        weights = np.zeros((coefficients.shape[1], k), np.float32)
        bias = np.full(k, NEVER, np.float32)
        weights[:, machine.classes_] = coefficients.T
        bias[machine.classes_] = intercepts
        return cls(weights, bias)

    def scores(self, features: Any) -> np.ndarray:
        """Return [n, k]."""
        return features @ self.weights + self.bias


@dataclass
class Fit:
    """What was learnt from one set of examples: margins over [d + s] and perhaps logits over [d]."""

    margins: Linear
    logits: Linear | None

    def scores(self, inputs: Inputs, sharpness: float, share: float) -> np.ndarray:
        """Return the blended logits [n, k]."""
        scores = sharpness * self.margins.scores(inputs.joined())
        return scores + share * self.logits.scores(inputs.dense) if self.logits else scores

    def blended(self, sharpness: float, share: float) -> Linear:
        """Return the same as one set of weights over [d + s]."""
        weights, bias = sharpness * self.margins.weights, sharpness * self.margins.bias
        if self.logits:
            weights[: len(self.logits.weights)] += share * self.logits.weights
            bias = bias + share * self.logits.bias
        return Linear(weights, bias)


def train(
    inputs: Inputs, names: list[str], wrong_answer_costs: float, *, logistic: bool = False
) -> TopicModel:
    """Learn topics from examples; the same examples in the same order give the same model.

    Args:
        inputs: Features of n examples.
        names: Their n topics; what is off topic is named out_of_scope.
        wrong_answer_costs: How much worse a wrong answer is than asking back for nothing; sets the
            threshold.
        logistic: Whether to lay a logistic regression over the separators: better where topics are
            many and examples short, at twice the training time.

    """
    topics, labels = np.unique(names, return_inverse=True)
    order = np.random.default_rng(0).permutation(len(labels))
    held, kept = np.split(order, [int(len(order) * HELD_OUT)])
    whole, part = _fit_both(inputs, labels, kept, len(topics), logistic=logistic)
    test, truth = inputs.rows(held), labels[held]
    similar = test.similar(inputs.dense[kept, :MEAN])
    nearby = neighbours(similar, labels[kept], len(topics))
    sharpness, share, neighbour_share = _likeliest(part, test, nearby, truth)
    linear = whole.blended(sharpness, share)
    d = inputs.dense.shape[1]
    model = TopicModel(
        topics=topics,
        dense_weights=linear.weights[:d],
        sparse_weights=linear.weights[d:].astype(np.float16),
        bias=linear.bias,
        examples=np.ascontiguousarray(inputs.dense[:, :MEAN]),
        labels=labels,
        neighbour_share=neighbour_share,
        gate=np.zeros(1),
        threshold=wrong_answer_costs / (1 + wrong_answer_costs),
    )
    blend = model.blend(part.scores(test, sharpness, share), similar, labels[kept])
    return replace(model, gate=_gate(*blend, truth, model.index_of(OUT_OF_SCOPE)))


def _fit_both(
    inputs: Inputs, labels: np.ndarray, kept: np.ndarray, k: int, *, logistic: bool
) -> tuple[Fit, Fit]:
    """Fit all examples and those that are kept, side by side.

    In processes: liblinear's threads share one source of random numbers, and no two trainings would
    be alike.
    """
    from joblib import Parallel, delayed  # noqa: PLC0415 (only training needs them)
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.svm import LinearSVC  # noqa: PLC0415

    sets = [(inputs, labels), (inputs.rows(kept), labels[kept])]
    fits = [(LinearSVC(C=0.5, tol=0.1, random_state=0), each.joined(), truth) for each, truth in sets]
    if logistic:
        fits += [(LogisticRegression(C=20, max_iter=100), each.dense, truth) for each, truth in sets]
    machines = Parallel(n_jobs=2)(delayed(machine.fit)(x, y) for machine, x, y in fits)
    learnt = [Linear.of(machine, k) for machine in machines]
    return Fit(learnt[0], learnt[2] if logistic else None), Fit(learnt[1], learnt[3] if logistic else None)


def _likeliest(part: Fit, test: Inputs, nearby: np.ndarray, truth: np.ndarray) -> tuple[float, float, float]:
    """Return the sharpness and shares under which the held-out topics are likeliest."""
    margins = part.scores(test, 1.0, 0.0)
    logits = part.logits.scores(test.dense) if part.logits else np.zeros_like(margins)
    rows = np.arange(len(truth))

    def loss(blend: tuple[float, float, float]) -> float:
        sharpness, share, neighbour_share = blend
        probabilities = blended(sharpness * margins + share * logits, nearby, neighbour_share)
        return float(-np.mean(np.log(probabilities[rows, truth] + 1e-9)))

    shares = LOGISTIC_SHARES if part.logits else (0.0,)
    return min(product(SHARPNESS, shares, NEIGHBOUR_SHARES), key=loss)


def _gate(
    probabilities: np.ndarray, features: np.ndarray, truth: np.ndarray, out_of_scope: int
) -> np.ndarray:
    """Return logistic weights [g + 1] of "the first topic is right", where it is not off topic."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    first = probabilities.argmax(axis=1)
    known = first != out_of_scope
    right = first == truth
    if len(set(right[known])) < 2:  # so few or so clear examples that nothing can be learned
        return np.append(np.zeros(features.shape[1]), 3.0 if right.all() else 0.0)
    scaler = StandardScaler().fit(features)
    logistic = LogisticRegression().fit(scaler.transform(features)[known], right[known])
    weights = logistic.coef_[0] / scaler.scale_
    return np.append(weights, logistic.intercept_[0] - weights @ scaler.mean_)
