"""Behind a topic, a message asks that topic again or what it says itself."""

from __future__ import annotations

import pytest
from rasa.shared.nlu.training_data.message import Message

from clinic.nlu.follow_ups import WEIGHTS, evidence, likeliest
from clinic.nlu.topics import Reading

Ranking = dict[str, float]


def read(text: str, ranking: Ranking) -> Message:
    ranked = tuple(sorted(ranking.items(), key=lambda item: -item[1]))
    return Message({"text": text, "reading": Reading(ranked, ranked[0][1], sure=ranked[0][1] > 0.5)})


def behind_pain(text: str, alone: Ranking, in_context: Ranking, in_place: Ranking) -> Message:
    """Return a message behind the topic of pain, read in the three ways."""
    message = read(text, alone)
    message.set("in_context", read(f"does it hurt {text}", in_context))
    message.set("in_place", read(text, in_place))
    message.set("topic_before", "faq/pain")
    return message


PAIN = {"faq/pain": 0.97, "faq/needles": 0.03}
PRICE = {"faq/price": 0.97, "faq/payment": 0.03}
OFF = {"out_of_scope": 0.9, "faq/video": 0.1}
VAGUE = {"faq/video": 0.2, "faq/needles": 0.18, "faq/pain": 0.15}


@pytest.mark.parametrize(
    ("text", "alone", "in_place", "topic"),
    [
        ("why is that", VAGUE, PAIN, "faq/pain"),
        ("how much is it", PRICE, PRICE, "faq/price"),
        ("who won the cup last night then", OFF, OFF, "out_of_scope"),
    ],
)
def test_what_is_asked_behind_a_topic(text, alone, in_place, topic):
    assert likeliest(behind_pain(text, alone, PAIN, in_place)).topic == topic


def test_its_confidence_is_how_likely_the_topic_is():
    clear = likeliest(behind_pain("how much is it", PRICE, PAIN, PRICE))
    unclear = likeliest(behind_pain("how much is it", PRICE, PRICE, PAIN))
    assert 0.9 < clear.confidence < 1
    assert unclear.confidence < clear.confidence


def test_a_topic_that_no_reading_is_of_is_not_answered():
    message = behind_pain("it", VAGUE, {"faq/needles": 0.5, "faq/pain": 0.49}, VAGUE)
    assert not likeliest(message).sure


def test_all_evidence_has_a_weight():
    assert all(
        found.keys() <= WEIGHTS.keys() for found in evidence(behind_pain("why", PAIN, PAIN, PAIN)).values()
    )
