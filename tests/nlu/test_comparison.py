from __future__ import annotations

import numpy as np

from clinic.nlu.comparison import Comparison, closeness, narrowed
from clinic.nlu.minilm import SIZE


def vectors(count: int, seed: int) -> np.ndarray:
    """Return float32 [count, SIZE], of unit length."""
    some = np.random.default_rng(seed).normal(size=(count, SIZE)).astype(np.float32)
    return some / np.linalg.norm(some, axis=1, keepdims=True)


def comparison(examples: np.ndarray) -> Comparison:
    """Return a comparison whose weights are three topics'."""
    weights = np.random.default_rng(4).normal(size=(len(examples), 3)).astype(np.float32)
    return Comparison(*narrowed(examples), weights)


def test_cosines_are_hardly_off():
    examples, texts = vectors(500, 1), vectors(20, 2)
    texts[3] = examples[7]
    found, _ = comparison(examples).compare(texts)
    exact = texts @ examples.T
    assert found.shape == (20, 500)
    assert np.abs(found - exact).max() < 0.005
    assert found[3].argmax() == 7


def test_a_text_is_compared_alike_alone_and_among_others():
    some, texts = comparison(vectors(50, 1)), vectors(9, 3)
    for together, alone in zip(some.compare(texts), some.compare(texts[4:5]), strict=True):
        assert np.array_equal(together[4], alone[0])


def test_the_sums_are_of_the_closeness():
    examples, texts = vectors(50, 1), vectors(9, 3)
    weights = np.eye(50, dtype=np.float32)
    cosines, sums = Comparison(*narrowed(examples), weights).compare(texts)
    assert np.allclose(sums, closeness(cosines), atol=1e-6)


def test_an_example_of_nothing_but_noughts_is_like_no_text():
    examples = vectors(3, 1)
    examples[1] = 0
    assert comparison(examples).compare(vectors(1, 2))[0][0, 1] == 0
