from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

from clinic.nlu import minilm
from clinic.nlu.minilm import SIZE, scales
from clinic.nlu.onnx_graph import INNER, INPUT, LAYERS, LONGEST, Published, compact, rounded, showing

HURT = [101, 2515, 2009, 3480, 102]  # "does it hurt"
PRICE = [101, 2129, 2172, 2003, 102]


@pytest.fixture(scope="module")
def published() -> bytes:
    return minilm.published()


@pytest.fixture(scope="module")
def small(published) -> bytes:
    return compact(published, scales())


@pytest.fixture(scope="module")
def session(small) -> onnxruntime.InferenceSession:
    return loaded(small)


def loaded(model: bytes) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])


def states(session: onnxruntime.InferenceSession, *texts: list[int]) -> np.ndarray:
    """Return what the last layer makes of texts of one length: [texts, tokens, 384]."""
    ids = np.array(texts)
    every = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    (found,) = session.run(None, {one.name: every[one.name] for one in session.get_inputs()})
    return found[..., :SIZE]


@pytest.mark.parametrize("text", [HURT, PRICE, list(range(2000, 2000 + LONGEST))])
def test_it_computes_what_the_published_model_does(published, session, text):
    wide, found = (states(each, text)[0].mean(axis=0) for each in (loaded(published), session))
    assert wide @ found / np.linalg.norm(wide) / np.linalg.norm(found) > 0.97


def test_the_inner_layers_are_those_of_the_published_model(published, session):
    ids = np.array([HURT])
    made = [Published(published).normalised(f"encoder.layer.{number}.output")[0] for number in INNER]
    names = [node.output[0] for node in made]
    inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    wide = loaded(showing(published, names)).run(names, inputs)
    (found,) = session.run(None, {INPUT: ids})
    for number, each in enumerate(wide, start=1):
        there, here = each[0].mean(axis=0), found[0, :, number * SIZE : (number + 1) * SIZE].mean(axis=0)
        assert there @ here / np.linalg.norm(there) / np.linalg.norm(here) > 0.97


def test_what_a_text_means_is_the_map_of_its_layers(published, session):
    joined = np.load(minilm.LAYERS).astype(np.float32)
    found, meant = loaded(compact(published, scales(), joined=joined)).run(None, {INPUT: np.array([HURT])})
    assert np.array_equal(found, session.run(None, {INPUT: np.array([HURT])})[0])
    told = minilm.by_layer(found[0]) @ joined[:-1] + joined[-1]
    assert meant[0] == pytest.approx(told / np.linalg.norm(told), abs=1e-5)


def test_a_text_becomes_the_same_numbers_whatever_is_beside_it(session):
    assert np.array_equal(states(session, HURT, PRICE)[0], states(session, HURT)[0])


def test_it_needs_the_words_alone(session):
    assert [one.name for one in session.get_inputs()] == [INPUT]


def test_every_stored_weight_stays_eight_bits_wide(published, small):
    assert len(small) < 1.02 * len(published)
    assert small.count(b"\x22\x14MatMulIntegerToFloat") == 3 * LAYERS
    assert small.count(b"\x22\x0aQAttention") == LAYERS


def test_there_is_a_scale_for_all_that_is_rounded(published):
    assert sorted(scales()) == rounded(published)


def test_inner_values_can_be_looked_at(published):
    first = rounded(published)[0]
    session = onnxruntime.InferenceSession(showing(published, [first]), providers=["CPUExecutionProvider"])
    assert [one.name for one in session.get_outputs()] == ["last_hidden_state", first]
