"""Guards what the assistant learns and says: no contradiction, no repetition, no promise."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable

from clinic.nlu.normal import normal

Example = tuple[str, str]  # (topic, text)
ENOUGH = 25
ENOUGH_FOR_SAFETY = 60
SAFETY = ("emergency", "medical_advice", "faq/pregnancy", "faq/medication", "faq/contraindications")
LONGEST_ANSWER = 60  # words
GUARANTEES = re.compile(
    r"\b(?:cures?|cured|curing|guarantee\w*|permanent\w*|forever|will remove|will get rid|gets? rid|erases?|"
    r"eliminates?|miracle|proven|always works|works for everyone|no risks?|risk[- ]free|no side effects|"
    r"completely (?:safe|painless)|totally safe|instant(?:ly)?|definitely|"
    r"will (?:disappear|vanish|heal))\b|100 ?%"
)
# "proven" is said of the page only, to admit that it shows no study.
ADMITTED = re.compile(
    r"(?:calls?|says?|word)\b[^.]{0,60}\bproven\b|\bproven\b[^.]{0,80}\b(?:no|not|without|n't)\b"
)


def contradictions(examples: Iterable[Example]) -> list[str]:
    """Return a line for each text that stands under two topics."""
    topics: dict[str, set[str]] = defaultdict(set)
    for topic, text in examples:
        topics[normal(text)].add(topic)
    return [f"{text!r} stands under {' and '.join(sorted(t))}" for text, t in topics.items() if len(t) > 1]


def duplicates(examples: Iterable[Example]) -> list[str]:
    """Return a line for each text that stands twice under one topic."""
    counts = Counter((topic, normal(text)) for topic, text in examples)
    return [f"{text!r} stands {n} times under {topic}" for (topic, text), n in counts.items() if n > 1]


def thin(examples: Iterable[Example]) -> list[str]:
    """Return a line for each topic with too few examples."""
    counts = Counter(topic for topic, _ in examples)
    needed = {topic: ENOUGH_FOR_SAFETY if topic in SAFETY else ENOUGH for topic in counts}
    return [
        f"{topic} has {n} examples, {needed[topic]} are needed"
        for topic, n in counts.items()
        if n < needed[topic]
    ]


def promises(text: str) -> list[str]:
    """Return the words of an answer that promise something."""
    return GUARANTEES.findall(ADMITTED.sub(" ", text.lower()))


def faults_of_answer(text: str, facts: Collection[str], known: Collection[str], *, own: bool) -> list[str]:
    """Return what is wrong with an answer, a sentence each.

    Args:
        text: The answer.
        facts: Names of the facts it rests on.
        known: Names of all facts.
        own: Whether the clinic says it of itself, without a fact of its page.

    """
    count, faults = len(text.split()), []
    if not text:
        faults.append("The answer is empty.")
    if count > LONGEST_ANSWER:
        faults.append(f"The answer has {count} words; a chat's answer has {LONGEST_ANSWER} at most.")
    if words := promises(text):
        faults.append(f"It promises something ({', '.join(sorted(set(words)))}): say “may help” instead.")
    if set("{}") & set(text):
        faults.append("Curly brackets stand for settings; leave them out.")
    if unknown := sorted(set(facts) - set(known)):
        faults.append(f"There is no fact {', '.join(unknown)}.")
    if bool(facts) == own:
        faults.append("Name the facts it rests on, or say that it is the clinic's own: one of the two.")
    return faults
