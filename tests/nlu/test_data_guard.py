"""The guard of the training examples: each rule finds what it is there for, and nothing in the data."""

import numpy as np

from clinic.learning.guard import ENOUGH, contradictions, duplicates, thin
from clinic.nlu.explain import trained_examples
from clinic.settings.environment import PROJECT
from evaluation.data import mislabelled, nearest_topics


def test_a_text_under_two_topics_is_a_contradiction():
    found = contradictions(
        [("faq/pain", "Does it hurt?"), ("faq/price", "does it  hurt?"), ("book", "book me")]
    )
    assert found == ["'does it hurt?' stands under faq/pain and faq/price"]


def test_a_text_that_stands_twice_is_a_duplicate():
    assert duplicates([("faq/pain", "OUCH"), ("faq/pain", "ouch"), ("faq/price", "price")]) == [
        "'ouch' stands 2 times under faq/pain"
    ]


def test_a_topic_with_few_examples_is_thin():
    enough = [("faq/pain", f"example {n}") for n in range(ENOUGH)]
    assert thin(enough) == []
    assert thin(enough[1:]) == [f"faq/pain has {ENOUGH - 1} examples, {ENOUGH} are needed"]


def test_an_example_among_another_topics_is_pointed_out():
    vectors = np.repeat(np.eye(2, dtype=np.float32), 12, axis=0)
    labels = np.repeat([0, 1], 12)
    labels[0] = 1  # lies with topic 0
    topics = np.array(["faq/pain", "faq/price"])
    examples = [(str(topics[label]), f"example {n}") for n, label in enumerate(labels)]
    votes = nearest_topics(vectors, labels, 2)
    assert mislabelled(examples, topics, labels, votes) == ["'example 0' under faq/price looks like faq/pain"]


def test_the_assistants_own_examples_contradict_and_repeat_nothing():
    known = trained_examples(PROJECT / "models")
    examples = [
        (str(known.topics[label]), text) for label, text in zip(known.labels, known.texts, strict=True)
    ]
    assert contradictions(examples) + duplicates(examples) + thin(examples) == []
