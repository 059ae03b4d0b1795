from __future__ import annotations

import numpy as np
import pytest

from clinic.nlu.comparison import Comparison, narrowed
from clinic.nlu.minilm import MEAN


def vectors(count: int, halves: int, seed: int) -> np.ndarray:
    """Return float32 [count, halves * MEAN], each half of unit length."""
    some = np.random.default_rng(seed).normal(size=(count, halves, MEAN)).astype(np.float32)
    return (some / np.linalg.norm(some, axis=2, keepdims=True)).reshape(count, -1)


@pytest.mark.parametrize("halves", [1, 2])
def test_cosines_are_hardly_off(halves):
    examples, texts = vectors(500, halves, 1), vectors(20, halves, 2)
    texts[3] = examples[7]
    found = Comparison(*narrowed(examples)).cosines(texts)
    exact = texts @ examples.T / halves
    assert found.shape == (20, 500)
    assert np.abs(found - exact).max() < 0.005
    assert found[3].argmax() == 7


def test_a_text_is_compared_alike_alone_and_among_others():
    comparison, texts = Comparison(*narrowed(vectors(50, 1, 1))), vectors(9, 1, 3)
    assert np.array_equal(comparison.cosines(texts)[4], comparison.cosines(texts[4:5])[0])


def test_an_example_of_nothing_but_noughts_is_like_no_text():
    examples = vectors(3, 1, 1)
    examples[1] = 0
    assert Comparison(*narrowed(examples)).cosines(vectors(1, 1, 2))[0, 1] == 0
