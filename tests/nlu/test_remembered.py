from __future__ import annotations

import numpy as np
import pytest

from clinic.nlu.minilm import SIZE
from clinic.nlu.remembered import Remembered


class Counting:
    """Stands where MiniLM does and keeps what it was asked to embed."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: list[str]) -> np.ndarray:
        self.asked += texts
        return np.array([[len(text)] * SIZE for text in texts], np.float32)


@pytest.fixture
def model():
    return Counting()


def test_a_text_is_embedded_once(model):
    remembered = Remembered(model, 10)
    first = remembered.embed(["hello", "does it hurt", "hello"])
    assert first[:, 0].tolist() == [5, 12, 5]
    assert remembered.embed(["does it hurt", "thanks"])[:, 0].tolist() == [12, 6]
    assert model.asked == ["hello", "does it hurt", "thanks"]


def test_what_was_said_longest_ago_is_forgotten(model):
    remembered = Remembered(model, 2)
    remembered.embed(["a", "bb"])
    remembered.embed(["a"])
    remembered.embed(["ccc"])
    model.asked.clear()
    assert remembered.embed(["a", "bb", "ccc"])[:, 0].tolist() == [1, 2, 3]
    assert model.asked == ["bb"]


def test_more_texts_at_once_than_are_remembered_are_all_embedded(model):
    assert Remembered(model, 1).embed(["a", "bb", "ccc"])[:, 0].tolist() == [1, 2, 3]


def test_no_words_are_kept(model):
    remembered = Remembered(model, 10)
    remembered.embed(["my rash itches", "\ud800"])
    assert "rash" not in repr(remembered.__dict__["_known"])


def test_no_texts_give_no_vectors(model):
    assert Remembered(model, 10).embed([]).shape == (0, SIZE)
