from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse

from clinic.nlu.topic_model import Inputs, TopicModel, largest
from clinic.nlu.topic_training import train
from clinic.nlu.topics import OUT_OF_SCOPE, Reading

TOPICS = ("book", "faq/pain", "faq/price", OUT_OF_SCOPE)
DENSE, SPARSE, EACH = 16, 24, 40  # a dense part shorter than an embedding is all mean


def toy(seed, each=EACH, noise=0.6, mixed=0.7):
    """Return features around one centre a topic, and their topics; mixed: how far towards another."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(7).normal(size=(len(TOPICS), DENSE))
    labels = np.repeat(np.arange(len(TOPICS)), each)
    dense = centres[labels] + noise * random.normal(size=(len(labels), DENSE))
    dense += mixed * centres[random.permutation(labels)]
    dense /= np.linalg.norm(dense, axis=1, keepdims=True)
    sparse = random.random((len(labels), SPARSE)) < 0.1
    sparse[np.arange(len(labels)), labels] |= random.random(len(labels)) < 0.5
    inputs = Inputs(dense.astype(np.float32), scipy.sparse.csr_matrix(sparse.astype(np.float32)))
    return inputs, [TOPICS[label] for label in labels]


@pytest.fixture(scope="module")
def model():
    return train(*toy(1), wrong_answer_costs=1.2)


def test_what_was_learned_is_mostly_right_on_new_texts(model):
    inputs, names = toy(2)
    readings = model.read(inputs)
    right = [reading.topic == name for reading, name in zip(readings, names, strict=True)]
    assert np.mean(right) > 0.7


def test_a_reading_is_a_ranking_of_probabilities(model):
    for reading in model.read(toy(3)[0]):
        probabilities = [p for _, p in reading.ranking]
        assert {topic for topic, _ in reading.ranking} == set(TOPICS)
        assert probabilities == sorted(probabilities, reverse=True)
        assert sum(probabilities) == pytest.approx(1)
        assert min(probabilities) >= 0


def test_confidence_lies_between_nought_and_one_even_far_from_all_examples(model):
    directions = np.vstack([np.eye(DENSE), -np.eye(DENSE)]).astype(np.float32)
    no_words = scipy.sparse.csr_matrix((2 * DENSE, SPARSE), dtype=np.float32)
    for reading in [*model.read(toy(4)[0]), *model.read(Inputs(directions, no_words))]:
        assert 0 <= reading.confidence <= 1


def test_higher_confidence_means_more_often_right(model):
    inputs, names = toy(5, each=100)
    pairs = [(r.confidence, r.topic == n) for r, n in zip(model.read(inputs), names, strict=True)]
    pairs.sort()
    half = len(pairs) // 2
    assert np.mean([right for _, right in pairs[half:]]) > np.mean([right for _, right in pairs[:half]])


def test_sure_is_above_the_threshold_and_off_topic_is_always_sure(model):
    for reading in model.read(toy(6)[0]):
        assert reading.sure == (reading.confidence >= model.threshold or reading.topic == OUT_OF_SCOPE)
        assert not (reading.is_known and reading.topic == OUT_OF_SCOPE)


def test_allowing_fewer_mistakes_asks_back_more(model):
    strict = train(*toy(1), wrong_answer_costs=9.0)
    assert strict.threshold >= model.threshold


def test_a_saved_model_reads_the_same_when_loaded(model, tmp_path):
    model.save(tmp_path / "topics.npz")
    loaded = TopicModel.from_file(tmp_path / "topics.npz")
    inputs = toy(8)[0]
    assert loaded.read(inputs) == model.read(inputs)


def test_training_twice_gives_the_same_model(model):
    again = train(*toy(1), wrong_answer_costs=1.2)
    inputs = toy(9)[0]
    assert again.read(inputs) == model.read(inputs)


def test_a_text_is_read_alike_alone_and_among_others(model):
    inputs = toy(10)[0]
    alone = model.read(inputs.rows(np.array([5])))[0]
    among = model.read(inputs)[5]
    assert alone.topic == among.topic
    assert alone.confidence == pytest.approx(among.confidence, abs=1e-5)


def test_a_model_file_holds_numbers_and_names_alone(model, tmp_path):
    """allow_pickle is off: a file that holds objects is refused, not executed."""
    np.savez(tmp_path / "evil.npz", topics=np.array([object()], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle"):
        TopicModel.from_file(tmp_path / "evil.npz")


def test_a_reading_is_known_when_sure_and_on_topic():
    assert Reading((("faq/pain", 0.9),), 0.9, sure=True).is_known
    assert not Reading((("faq/pain", 0.9),), 0.2, sure=False).is_known
    assert not Reading(((OUT_OF_SCOPE, 0.9),), 0.9, sure=True).is_known


def test_examples_that_are_easily_told_apart_can_be_trained_on():
    """Where not one held-out example is misread, there is no mistake to calibrate with."""
    easy = train(*toy(1, noise=0.01, mixed=0.0), wrong_answer_costs=1.2)
    assert 0 <= easy.read(toy(2)[0])[0].confidence <= 1


@pytest.mark.parametrize("columns", [3, 15, 1000])
def test_the_largest_are_those_of_a_sorted_row(columns):
    values = np.random.default_rng(columns).normal(size=(4, columns)).astype(np.float32)
    found, places = largest(values, min(15, columns))
    assert np.array_equal(places, np.argsort(-values, axis=1)[:, :15])
    assert np.array_equal(found, np.take_along_axis(values, places, axis=1))
