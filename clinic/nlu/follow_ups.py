"""What a message asks behind a topic that was just answered: that topic again, or what it says itself."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from clinic.nlu.divisions import LEAST
from clinic.nlu.topics import IN_CONTEXT, IN_PLACE, OUT_OF_SCOPE, READING, TOPIC_BEFORE, Reading

# What speaks for a topic: weights of a log-linear model, the likeliest over the dialogues and the changes of
# subject of tests/questions/validation (python -m evaluation.follow_ups).
WEIGHTS = {
    "alone": 0.63,  # the logarithm of its probability by the message alone,
    "in_context": 0.37,  # by the title of the topic before and the message together,
    "in_place": 0.52,  # and by the message as its words are meant behind that title
    "again": 2.57,  # it is the topic before,
    "refers": 1.42,  # to which the message seems to refer,
    "words": -0.38,  # in so many words
}
SURE = 0.42  # the probability from which a topic is answered: what is left falls to several others
CANDIDATES = 2  # of the likeliest topics of each reading
# What cannot be understood without what was said before: "how many of them", "for how long", "mine are deep".
REFERS = re.compile(
    r"^\W*(?:and|even|for|of|at|on|with|by|then|why|how come)\b"
    r"|\b(?:it|they|them|that|those|these|ones?|mine|too)\b",
    re.IGNORECASE,
)


def readings(message: Message) -> dict[str, Reading]:
    """Return the readings of a message behind a topic, by the names of WEIGHTS."""
    return {
        "alone": message.get(READING),
        "in_context": message.get(IN_CONTEXT).get(READING),
        "in_place": message.get(IN_PLACE).get(READING),
    }


def evidence(message: Message) -> dict[str, dict[str, float]]:
    """Return what speaks for each topic that a message behind a topic may ask, by the names of WEIGHTS."""
    read, before, text = readings(message), message.get(TOPIC_BEFORE), message.get(TEXT)
    probabilities = {name: dict(reading.ranking) for name, reading in read.items()}
    topics = {topic for reading in read.values() for topic, _ in reading.ranking[:CANDIDATES]}
    again = {"again": 1.0, "refers": float(bool(REFERS.search(text))), "words": float(len(text.split()))}
    return {
        topic: {name: math.log(max(known.get(topic, 0.0), LEAST)) for name, known in probabilities.items()}
        | (again if topic == before else {})
        for topic in sorted({*topics, before})
    }


def likeliest(message: Message) -> Reading:
    """Return the clearest reading of the topic that most speaks for, with how likely that topic is."""
    found = evidence(message)
    worths = [sum(WEIGHTS[name] * value for name, value in each.items()) for each in found.values()]
    asked, worth = max(zip(found, worths, strict=True), key=lambda pair: pair[1])
    probability = math.exp(worth - float(np.logaddexp.reduce(worths)))
    read = readings(message)
    clearest = max((r for r in read.values() if r.topic == asked), key=lambda r: r.confidence, default=None)
    if clearest is None:
        return read["alone"]
    return replace(clearest, confidence=probability, sure=probability >= SURE or asked == OUT_OF_SCOPE)
