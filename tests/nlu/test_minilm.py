from __future__ import annotations

import numpy as np
import pytest

from clinic.nlu import minilm
from clinic.nlu.minilm import SIZE, MiniLM

TEXTS = [
    "does it hurt",
    "Is the treatment painful?",
    "how much does a session cost",
    "where are you",
    "ok",
    "",
    "a much longer question about what happens to the skin under the eyes after several sessions",
    "日本語",
    "👍👍👍",
    "tomorrow at three",
]


@pytest.fixture(scope="module")
def model():
    return MiniLM(threads=1)


def test_each_text_becomes_a_vector_of_unit_length(model):
    vectors = model.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), SIZE)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-4)


def test_a_text_is_the_same_alone_and_among_others(model):
    together = model.embed(TEXTS)
    for text, vector in zip(TEXTS, together, strict=True):
        assert np.array_equal(model.embed([text])[0], vector)


def test_several_threads_give_the_same_in_the_same_order(model):
    assert np.array_equal(MiniLM(threads=2).embed(TEXTS), model.embed(TEXTS))


def test_like_meanings_lie_near_each_other(model):
    hurt, painful, cost, *_ = model.embed(TEXTS)
    assert hurt @ painful > hurt @ cost + 0.2


def test_no_texts_give_no_vectors(model):
    assert model.embed([]).shape == (0, SIZE)


def test_a_text_longer_than_the_model_reads_is_cut(model):
    vectors = model.embed(["word " * 1000, "word " * 2000])
    assert vectors[0] @ vectors[1] > 0.99


def test_a_part_is_read_where_it_stands(model):
    message, part = "my eyelids droop. can it lift them?", "can it lift them?"
    whole, alone = model.embed([message, part])
    placed = model.embed_in_place([message, part], ["", message])
    assert np.array_equal(placed[0], whole)
    assert placed[1] @ whole > alone @ whole
    assert np.linalg.norm(placed[1]) == pytest.approx(1, abs=1e-4)


def test_a_part_that_does_not_stand_there_is_read_alone(model):
    for message in ("does it hurt", "word " * 1000 + "how long is it"):  # the second is cut before it
        placed = model.embed_in_place(["how long is it"], [message])
        assert np.array_equal(placed, model.embed(["how long is it"]))


@pytest.mark.parametrize("name", ["MODEL_SHA256", "VOCABULARY_SHA256"])
def test_a_file_that_is_another_is_refused(monkeypatch, name):
    monkeypatch.setattr(minilm, name, "0" * 64)
    with pytest.raises(RuntimeError, match="is not the file this assistant was made with; run make setup"):
        MiniLM()


def test_a_package_that_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(minilm, "MODEL", ("no_such_package", "model.onnx"))
    with pytest.raises(RuntimeError, match="no_such_package is not installed; run make setup"):
        MiniLM()
