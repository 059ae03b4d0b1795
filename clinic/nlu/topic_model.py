"""The classifier's mathematics: linear scores and nearest examples, blended and calibrated.

Trained with scikit-learn; a prediction is NumPy and SciPy alone. Shapes: n texts, k topics,
d dense and s sparse features.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import scipy.sparse

from clinic.nlu.topics import OUT_OF_SCOPE, Reading

NEIGHBOURS = 15
NEIGHBOUR_SHARPNESS = 12.0
BLENDS = [(t, n) for t in (3.0, 4.0, 5.0, 6.0, 8.0) for n in (0.15, 0.3, 0.45)]
HELD_OUT = 0.25  # of the examples: for calibration only, the final weights see all


@dataclass
class Inputs:
    """Features of n texts: dense [n, d] of unit length and sparse [n, s]."""

    dense: np.ndarray
    sparse: scipy.sparse.csr_matrix

    def rows(self, which: np.ndarray) -> Inputs:
        """Return the features of some of the texts."""
        return Inputs(self.dense[which], self.sparse[which])

    def joined(self) -> scipy.sparse.csr_matrix:
        """Return [n, d + s]."""
        return scipy.sparse.hstack([scipy.sparse.csr_matrix(self.dense), self.sparse]).tocsr()


@dataclass
class TopicModel:
    """A trained classifier.

    Attributes:
        topics: Names of the k topics.
        dense_weights: float32 [d, k].
        sparse_weights: float16 [s, k]; the largest array by far.
        bias: float32 [k].
        examples: float32 [n, d], the training examples' embeddings.
        labels: int [n], the examples' topics.
        temperature: Sharpens the linear scores before the softmax.
        neighbour_share: Weight of the nearest examples in the blend.
        gate: float [g + 1], logistic weights (the last is the bias) of "the first topic is right".
        threshold: The confidence from which a reading is sure.

    """

    topics: np.ndarray
    dense_weights: np.ndarray
    sparse_weights: np.ndarray
    bias: np.ndarray
    examples: np.ndarray
    labels: np.ndarray
    temperature: float
    neighbour_share: float
    gate: np.ndarray
    threshold: float

    def read(self, inputs: Inputs) -> list[Reading]:
        """Return a reading for each text."""
        scores = inputs.dense @ self.dense_weights + self._sparse_scores(inputs.sparse) + self.bias
        similar = inputs.dense @ self.examples.T
        nearby = _neighbours(similar, self.labels, len(self.topics))
        probabilities = _blend(scores, nearby, self.temperature, self.neighbour_share)
        features = _gate_features(
            probabilities, scores, nearby, similar, self.labels, self.out_of_scope_index
        )
        confidence = _sigmoid(features @ self.gate[:-1] + self.gate[-1])
        return [self._reading(p, c) for p, c in zip(probabilities, confidence, strict=True)]

    def _sparse_scores(self, sparse: scipy.sparse.csr_matrix) -> np.ndarray:
        """Return [n, k] from the rows of the weights that the texts need."""
        columns, where = np.unique(sparse.indices, return_inverse=True)
        needed = scipy.sparse.csr_matrix((sparse.data, where, sparse.indptr), (sparse.shape[0], len(columns)))
        return needed @ self.sparse_weights[columns].astype(np.float32)

    @property
    def out_of_scope_index(self) -> int:
        """Position of out_of_scope among the topics."""
        return int(np.flatnonzero(self.topics == OUT_OF_SCOPE)[0])

    def _reading(self, probabilities: np.ndarray, confidence: float) -> Reading:
        best = np.argsort(-probabilities)[:20]
        ranking = tuple((str(self.topics[i]), float(probabilities[i])) for i in best)
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
        for name in ("temperature", "neighbour_share", "threshold"):
            values[name] = float(values[name])
        return cls(**values)


def train(inputs: Inputs, names: list[str], wrong_answer_costs: float) -> TopicModel:
    """Learn topics from examples.

    Args:
        inputs: Features of n examples.
        names: Their n topics; one of them must be out_of_scope.
        wrong_answer_costs: How much worse a wrong answer is than asking back for nothing; sets the
            threshold.

    """
    topics, labels = np.unique(names, return_inverse=True)
    order = np.random.default_rng(0).permutation(len(labels))
    held, kept = np.split(order, [int(len(order) * HELD_OUT)])
    # liblinear lets go of Python's lock: the two fits run side by side.
    with ThreadPoolExecutor(2) as pool:
        whole = pool.submit(_fit, inputs, labels, len(topics))
        part = pool.submit(_fit, inputs.rows(kept), labels[kept], len(topics))
        (weights, bias), (part_weights, part_bias) = whole.result(), part.result()
    d = inputs.dense.shape[1]
    model = TopicModel(
        topics=topics,
        dense_weights=weights[:d],
        sparse_weights=weights[d:].astype(np.float16),
        bias=bias,
        examples=inputs.dense,
        labels=labels,
        temperature=1.0,
        neighbour_share=0.0,
        gate=np.zeros(1),
        threshold=wrong_answer_costs / (1 + wrong_answer_costs),
    )
    scores = inputs.rows(held).joined() @ part_weights + part_bias
    similar = inputs.dense[held] @ inputs.dense[kept].T
    _calibrate(model, scores, similar, labels[kept], labels[held])
    return model


def _fit(inputs: Inputs, labels: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return weights [d + s, k] and bias [k] of one linear separator a topic."""
    from sklearn.svm import LinearSVC  # noqa: PLC0415 (only training needs it)

    machine = LinearSVC(C=0.5, tol=0.1, random_state=0).fit(inputs.joined(), labels)
    weights = np.zeros((machine.coef_.shape[1], k), np.float32)
    bias = np.full(k, -10.0, np.float32)  # a topic absent from this part never wins
    weights[:, machine.classes_] = machine.coef_.T
    bias[machine.classes_] = machine.intercept_
    return weights, bias


def _calibrate(
    model: TopicModel,
    scores: np.ndarray,
    similar: np.ndarray,
    kept: np.ndarray,
    truth: np.ndarray,
) -> None:
    """Choose temperature and blend by likelihood, then learn the gate."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    nearby = _neighbours(similar, kept, len(model.topics))

    def loss(blend: tuple[float, float]) -> float:
        chosen = _blend(scores, nearby, *blend)[np.arange(len(truth)), truth]
        return float(-np.mean(np.log(chosen + 1e-9)))

    model.temperature, model.neighbour_share = min(BLENDS, key=loss)
    probabilities = _blend(scores, nearby, model.temperature, model.neighbour_share)
    features = _gate_features(probabilities, scores, nearby, similar, kept, model.out_of_scope_index)
    right = probabilities.argmax(axis=1) == truth
    known = probabilities.argmax(axis=1) != model.out_of_scope_index
    if len(set(right[known])) < 2:  # so few or so clear examples that nothing can be learned
        model.gate = np.append(np.zeros(features.shape[1]), 3.0 if right.all() else 0.0)
        return
    scaler = StandardScaler().fit(features)
    logistic = LogisticRegression().fit(scaler.transform(features)[known], right[known])
    weights = logistic.coef_[0] / scaler.scale_
    model.gate = np.append(weights, logistic.intercept_[0] - weights @ scaler.mean_)


def _neighbours(similar: np.ndarray, labels: np.ndarray, k: int) -> np.ndarray:
    """Return [n, k]: each topic's share among the nearest examples, nearer ones counting more."""
    count = min(NEIGHBOURS, similar.shape[1])
    nearest = np.argpartition(-similar, count - 1, axis=1)[:, :count]
    weights = np.exp(NEIGHBOUR_SHARPNESS * np.take_along_axis(similar, nearest, axis=1))
    shares = np.zeros((len(similar), k))
    np.add.at(shares, (np.arange(len(similar))[:, None], labels[nearest]), weights)
    return shares / shares.sum(axis=1, keepdims=True)


def _blend(scores: np.ndarray, nearby: np.ndarray, temperature: float, share: float) -> np.ndarray:
    sharpened = temperature * (scores - scores.max(axis=1, keepdims=True))
    exponentials = np.exp(sharpened)
    return (1 - share) * exponentials / exponentials.sum(axis=1, keepdims=True) + share * nearby


def _gate_features(
    probabilities: np.ndarray,
    scores: np.ndarray,
    nearby: np.ndarray,
    similar: np.ndarray,
    labels: np.ndarray,
    out_of_scope: int,
) -> np.ndarray:
    """Return [n, 9]: how clear the first topic is, how near its examples, how likely off topic."""
    rows = np.arange(len(probabilities))
    order = np.argsort(-probabilities, axis=1)
    first, second = order[:, 0], order[:, 1]
    own = np.where(labels[None, :] == first[:, None], similar, -1.0).max(axis=1)
    return np.column_stack(
        [
            np.log(probabilities[rows, first] + 1e-9),
            np.log(probabilities[rows, second] + 1e-9),
            scores[rows, first],
            scores[rows, second],
            nearby[rows, first],
            own,
            similar.max(axis=1),
            scores[:, out_of_scope],
            probabilities[:, out_of_scope],
        ]
    )


def _sigmoid(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(values, -30, 30)))
