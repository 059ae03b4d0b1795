from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

from clinic.nlu import minilm
from clinic.nlu.minilm import scales
from clinic.nlu.onnx_graph import keep_narrow, rounded, showing


@pytest.fixture(scope="module")
def published() -> bytes:
    return minilm.published()


@pytest.fixture(scope="module")
def narrow(published) -> bytes:
    return keep_narrow(published, scales())


def sentence(model: bytes) -> np.ndarray:
    """Return what a model makes of "does it hurt", the mean of its words: [384]."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    ids = np.array([[101, 2515, 2009, 3480, 102]])
    (found,) = session.run(
        None, {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    )
    return found[0].mean(axis=0)


def test_narrow_weights_compute_what_the_published_ones_do(published, narrow):
    wide, found = sentence(published), sentence(narrow)
    assert wide @ found / np.linalg.norm(wide) / np.linalg.norm(found) > 0.97


def test_every_stored_weight_stays_eight_bits_wide(published, narrow):
    assert len(narrow) < 1.02 * len(published)
    assert narrow.count(b"MatMulIntegerToFloat") == 36  # six layers of six products with stored weights
    assert narrow.count(b"_q_alone") == 2 * 36  # each is stored once and read once


def test_a_model_without_narrow_weights_is_left_as_it_is(narrow):
    assert sentence(keep_narrow(narrow, {})) == pytest.approx(sentence(narrow))


def test_there_is_a_scale_for_all_that_is_rounded(published):
    assert sorted(scales()) == rounded(published)


def test_inner_values_can_be_looked_at(published):
    first = rounded(published)[0]
    session = onnxruntime.InferenceSession(showing(published, [first]), providers=["CPUExecutionProvider"])
    assert [one.name for one in session.get_outputs()] == ["last_hidden_state", first]
