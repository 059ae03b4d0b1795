"""A message is divided where its clauses say more than the whole."""

from __future__ import annotations

import pytest
from rasa.shared.nlu.training_data.message import Message

from clinic.nlu.divisions import WEIGHTS, asked, divisions
from clinic.nlu.topics import Reading


def reading(topic: str, confidence: float) -> Reading:
    return Reading(((topic, confidence),), confidence, sure=confidence > 0.6)


def message(text: str, *clauses: tuple[str, str, str, float]) -> Message:
    """Return a message of two pieces, each with its words, its kind, its topic and its confidence."""
    parts = [
        Message({"text": words, "span": (number, number), "divided": kind, "reading": reading(topic, sure)})
        for number, (words, kind, topic, sure) in enumerate(clauses)
    ]
    return Message({"text": text, "clauses": parts})


HURTS = ("does it hurt", "likely", "faq/pain", 0.95)


def two(words: str, kind: str, topic: str, confidence: float, whole: Reading) -> list[str]:
    """Return what is asked by "does it hurt" and another clause, of which the whole is read so."""
    topics, _ = asked(message(f"does it hurt, {words}", HURTS, (words, kind, topic, confidence)), whole)
    return list(topics)


PAIN = reading("faq/pain", 0.7)


@pytest.mark.parametrize(
    ("second", "topics"),
    [
        (("what does it cost", "likely", "faq/price", 0.95), ["faq/pain", "faq/price"]),
        (("what does it cost", "unlikely", "faq/price", 0.5), ["faq/pain"]),
        (("will it be sore", "likely", "faq/pain", 0.95), ["faq/pain"]),
        (("hello", "likely", "greet", 0.99), ["faq/pain"]),
        (("who won the cup", "likely", "out_of_scope", 0.99), ["faq/pain"]),
        (("i don't want to book", "likely", "book", 0.95), ["faq/pain"]),
        (("what if i have to cancel", "likely", "cancel_booking", 0.95), ["faq/pain"]),
    ],
)
def test_what_is_asked(second, topics):
    assert two(*second, whole=PAIN) == topics


def test_whether_it_helps_is_not_asked_beside_a_concern():
    concern = ("my pores are huge", "likely", "faq/pores", 0.95)
    helps = ("is that something it helps with", "likely", "faq/benefits", 0.95)
    both = message("my pores are huge, is that something it helps with", concern, helps)
    topics, _ = asked(both, reading("faq/pores", 0.5))
    assert list(topics) == ["faq/pores"]


def test_each_topic_comes_with_its_clearest_reading():
    twice = message("does it hurt? ouch?", HURTS, ("ouch?", "likely", "faq/pain", 0.7))
    topics, _ = asked(twice, reading("faq/pain", 0.5))
    assert topics["faq/pain"].confidence == 0.95


def test_clearer_clauses_are_likelier_to_be_asked():
    def likely(confidence: float) -> float:
        second = ("what does it cost", "likely", "faq/price", confidence)
        topics, probability = asked(message("does it hurt, what does it cost", HURTS, second), PAIN)
        assert list(topics) == ["faq/pain", "faq/price"]
        return probability

    assert 0 < likely(0.8) < likely(0.95) < 1


def test_a_clause_that_is_not_clear_may_ask_or_not():
    unclear = ("and the other thing", "likely", "faq/price", 0.5)
    found = divisions(message("does it hurt and the other thing", HURTS, unclear), PAIN)
    assert sorted([meaning.answered for meaning in division] for division in found) == [
        [False, False],
        [False, True],
        [True],
        [True, False],
        [True, True],
    ]


def test_all_evidence_has_a_weight():
    for division in divisions(message("does it hurt, does it hurt", HURTS, HURTS), PAIN):
        assert all(meaning.evidence.keys() <= WEIGHTS.keys() for meaning in division)
