"""Log-linear models of a choice: of what may be chosen, what is right is to be likely."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

RIDGE = 0.5  # what large weights cost
PARTS = 5  # of the choices, each in turn left out


@dataclass
class Choice:
    """What may be chosen.

    Attributes:
        evidence: [choices, weights], what speaks for each.
        right: [choices], whether each is right.
        outcome: What each comes to; choices of one outcome speak for it together.
        kind: The name under which it is counted.

    """

    evidence: np.ndarray
    right: np.ndarray
    outcome: list[frozenset[str]]
    kind: str

    @classmethod
    def of(
        cls,
        names: Iterable[str],
        evidence: list[dict[str, float]],
        outcome: list[frozenset[str]],
        truth: frozenset[str],
        kind: str,
    ) -> Choice:
        """Make a choice of evidence by name and outcomes, of which the truth is right."""
        table = np.array([[found.get(name, 0.0) for name in names] for found in evidence])
        return cls(table, np.array([one == truth for one in outcome]), outcome, kind)


def fitted(choices: list[Choice]) -> np.ndarray:
    """Return the likeliest weights."""
    telling = [choice for choice in choices if choice.right.any() and not choice.right.all()]
    evidence = np.vstack([choice.evidence for choice in telling])
    right = np.concatenate([choice.right for choice in telling])
    sizes = [len(choice.right) for choice in telling]
    starts = np.cumsum([0, *sizes[:-1]])

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        worth = np.exp(evidence @ weights)
        every, those = np.add.reduceat(worth, starts), np.add.reduceat(worth * right, starts)
        pull = worth / np.repeat(every, sizes) - worth * right / np.repeat(those, sizes)
        cost = np.sum(np.log(every) - np.log(those)) + RIDGE / 2 * weights @ weights
        return float(cost), pull @ evidence + RIDGE * weights

    return np.asarray(minimize(loss, np.zeros(evidence.shape[1]), jac=True, method="L-BFGS-B").x)


def is_right(choice: Choice, weights: np.ndarray) -> bool:
    """Say whether the outcome that the evidence speaks for most is right."""
    worth = np.exp(choice.evidence @ weights)
    together = {
        one: sum(w for w, o in zip(worth, choice.outcome, strict=True) if o == one) for one in choice.outcome
    }
    return bool(choice.right[choice.outcome.index(max(together, key=together.__getitem__))])


def report(names: Iterable[str], choices: list[Choice]) -> None:
    """Print the weights, and how often those that were made without a choice are right about it."""
    part = np.random.default_rng(0).integers(PARTS, size=len(choices))
    right: dict[str, list[bool]] = {choice.kind: [] for choice in choices}
    for left_out in range(PARTS):
        weights = fitted([choice for choice, p in zip(choices, part, strict=True) if p != left_out])
        for choice, p in zip(choices, part, strict=True):
            if p == left_out:
                right[choice.kind].append(is_right(choice, weights))
    for name, weight in zip(names, fitted(choices), strict=True):
        print(f'    "{name}": {weight:.2f},')
    for kind, each in right.items():
        print(f"{kind}: {np.mean(each):.1%} of {len(each)} right")
