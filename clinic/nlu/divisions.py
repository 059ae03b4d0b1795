"""What a message asks: the topics for which its divisions into clauses together speak most."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from clinic.nlu.clauses import ASKING, OPENING
from clinic.nlu.topics import (
    CLAUSES,
    CONCERNS,
    COURTESY,
    DIVIDED,
    OUT_OF_SCOPE,
    READING,
    SPAN,
    WHETHER_IT_HELPS,
    WISHES,
    Reading,
)

# What speaks for a clause and its place in a division: weights of a log-linear model, the likeliest over the
# messages of tests/questions/validation (python -m evaluation.divisions).
WEIGHTS = {
    "answered": 0.92,  # what it asks is answered
    "confidence": 3.27,  # the logarithm of its confidence,
    "probability": 3.99,  # and of its topic's probability
    "asking": 1.59,  # it is put as a question
    "concern": 1.52,  # it names what a visitor wants changed
    "idle": -2.46,  # it asks nothing
    "likely": 0.49,  # it begins where clauses are likely to (clauses.KINDS)
    "possible": -0.78,
    "unlikely": -1.24,
}
MISSING_COSTS = 2.6  # how much worse a question left out is than an answer too many
PERHAPS = 0.35  # the confidence from which a clause may be answered, though it would not be as a message
LEAST = 1e-3  # the probability of what is all but ruled out
ANSWERS = frozenset({"affirm", "deny", "stop"})  # "yes, cancel it" says yes, whatever stands behind it
CLEARLY = 0.75  # the probability from which a whole message is off topic, whatever its clauses say
QUESTION = re.compile(
    rf"^\W*(?:(?:and|but|so|also|or|then|ok|plus|just)\b\W*)?(?:{ASKING}|{OPENING})\b|\?\s*$", re.IGNORECASE
)
NOT_A_WISH = re.compile(
    r"\b(?:do(?:n'?t| not)|not|no need to|wo(?:n'?t| not)|never|rather not)\b[\w\s']{0,25}"
    r"\b(?:book|booking|appointment|appt|reschedule|cancel)\b",
    re.IGNORECASE,
)
# "What if something comes up and I have to cancel" asks for the rules; nothing is to be cancelled.
SUPPOSING = re.compile(
    r"\b(?:what (?:happens )?(?:if|when)|suppose|supposing|in case|say i)\b", re.IGNORECASE
)
SUPPOSED = frozenset({"reschedule", "cancel_booking"})


@dataclass(frozen=True)
class Meaning:
    """What a clause may mean.

    Attributes:
        reading: Its reading.
        answered: Whether its topic is asked; otherwise it asks nothing.
        evidence: What speaks for it, by the names of WEIGHTS.

    """

    reading: Reading
    answered: bool
    evidence: dict[str, float]

    @property
    def worth(self) -> float:
        """The logarithm of how likely it is, but for a constant, and of what it costs to leave it out."""
        likelihood = sum(WEIGHTS[name] * value for name, value in self.evidence.items())
        return likelihood + self.answered * math.log(MISSING_COSTS)


Division = tuple[Meaning, ...]


def may_be_divided(message: Message, whole: Reading) -> bool:
    """Say whether a message has clauses, and is not as a whole an answer or clearly off topic."""
    answers = whole.is_known and whole.topic in ANSWERS
    off_topic = whole.topic == OUT_OF_SCOPE and whole.ranking[0][1] >= CLEARLY
    return bool(message.get(CLAUSES)) and not answers and not off_topic


def asked(message: Message, whole: Reading) -> tuple[dict[str, Reading], float]:
    """Return what a message most likely asks.

    Returns:
        The topics, in order, each with its clearest reading, and how likely it is that they are asked.

    """
    worths: defaultdict[frozenset[str], list[float]] = defaultdict(list)
    found: dict[frozenset[str], Division] = {}
    for division in divisions(message, whole):
        topics = frozenset(topics_of(division))
        worths[topics].append(sum(meaning.worth for meaning in division))
        found.setdefault(topics, division)
    together = {topics: float(np.logaddexp.reduce(each)) for topics, each in worths.items()}
    likeliest = max(together, key=together.__getitem__)
    probability = math.exp(together[likeliest] - float(np.logaddexp.reduce(list(together.values()))))
    division = found[likeliest]
    clearest = sorted((m.reading for m in division if m.answered), key=lambda reading: reading.confidence)
    readings = {reading.topic: reading for reading in clearest}
    return {topic: readings[topic] for topic in topics_of(division)}, probability


def divisions(message: Message, whole: Reading) -> Iterator[Division]:
    """Yield every way in which a message may be divided, and its clauses meant."""
    clauses = message.get(CLAUSES) or []
    last = max((clause.get(SPAN)[1] for clause in clauses), default=0)
    text = message.get(TEXT)
    meant = {clause.get(SPAN): list(_meanings(clause, text)) for clause in clauses}
    meant[0, last] = [_whole(whole, text)]
    yield from _divided(meant, 0, last)


def topics_of(division: Division) -> list[str]:
    """Return what a division asks; whether it helps is not asked beside a concern."""
    topics = list(dict.fromkeys(m.reading.topic for m in division if m.answered))
    return [t for t in topics if t not in WHETHER_IT_HELPS] if CONCERNS.intersection(topics) else topics


def refused(reading: Reading, text: str, message: str) -> bool:
    """Say whether a clause of a message says that its wish is none."""
    negated = reading.topic in WISHES and NOT_A_WISH.search(text)
    return bool(negated or (reading.topic in SUPPOSED and SUPPOSING.search(message)))


def _divided(meant: dict[tuple[int, int], list[Meaning]], start: int, last: int) -> Iterator[Division]:
    if start > last:
        yield ()
        return
    for end in range(start, last + 1):
        for rest in _divided(meant, end + 1, last):
            yield from ((meaning, *rest) for meaning in meant[start, end])


def _meanings(clause: Message, message: str) -> Iterator[Meaning]:
    """Yield what a clause of a message may mean: nothing, or what it is read as."""
    reading, text = clause.get(READING), clause.get(TEXT)
    begins = {clause.get(DIVIDED): 1.0} if clause.get(SPAN)[0] else {}
    yield Meaning(reading, answered=False, evidence=begins | {"idle": 1.0})
    if reading.confidence >= PERHAPS and _asks(reading, text, message):
        yield Meaning(reading, answered=True, evidence=begins | _evidence(reading, text))


def _whole(reading: Reading, message: str) -> Meaning:
    """Return what a message means that is not divided."""
    if reading.is_known and _asks(reading, message, message):
        return Meaning(reading, answered=True, evidence=_evidence(reading, message))
    return Meaning(reading, answered=False, evidence={"idle": 1.0})


def _asks(reading: Reading, text: str, message: str) -> bool:
    """Say whether a clause of a message is read as a question or a wish."""
    return reading.topic not in COURTESY | {OUT_OF_SCOPE} and not refused(reading, text, message)


def _evidence(reading: Reading, text: str) -> dict[str, float]:
    return {
        "answered": 1.0,
        "confidence": math.log(max(reading.confidence, LEAST)),
        "probability": math.log(max(reading.ranking[0][1], LEAST)),
        "asking": float(bool(QUESTION.search(text))),
        "concern": float(reading.topic in CONCERNS),
    }
