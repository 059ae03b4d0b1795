from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

from clinic.nlu.minilm import MODEL, MODEL_SHA256, _installed
from clinic.nlu.onnx_graph import keep_narrow


@pytest.fixture(scope="module")
def published() -> bytes:
    return _installed(*MODEL, MODEL_SHA256).read_bytes()


@pytest.fixture(scope="module")
def narrow(published) -> bytes:
    return keep_narrow(published)


def states(model: bytes) -> np.ndarray:
    """Return what a model makes of two sentences, one of them padded: [2, 5, 384]."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    ids = np.array([[101, 2515, 2009, 3480, 102], [101, 4067, 102, 0, 0]])
    mask = (ids > 0).astype(np.int64)
    (found,) = session.run(
        None, {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    )
    return found


def test_narrow_weights_compute_what_the_published_ones_do(published, narrow):
    wide, found = states(published), states(narrow)
    cosines = (wide * found).sum(-1) / np.linalg.norm(wide, axis=-1) / np.linalg.norm(found, axis=-1)
    assert cosines[:, :3].min() > 0.99  # of single tokens; their mean is nearer


def test_every_stored_weight_stays_eight_bits_wide(published, narrow):
    assert len(narrow) < 1.02 * len(published)
    assert narrow.count(b"MatMulNBits") == 36  # six layers of six products with stored weights
    assert narrow.count(b"_q_blocks") == 2 * 36  # each is stored once and read once


def test_a_model_without_narrow_weights_is_left_as_it_is(narrow):
    assert states(keep_narrow(narrow)) == pytest.approx(states(narrow))
