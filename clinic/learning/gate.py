"""Says whether a new model may go live: it answers the golden questions and is not worse on the rest.

The rest is what the staff have decided so far and the questions of tests/questions/validation.yml.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from clinic.learning.decisions import TEACHING
from clinic.learning.knowledge import lines_of, parsed
from clinic.learning.tables import reviews
from clinic.settings.environment import PROJECT

QUESTIONS = PROJECT / "tests" / "questions"
GOLDEN, DECIDED, VALIDATION = "golden", "decided", "validation"
EMERGENCY = "emergency"
# Any change of the examples moves some questions that lie between two topics, to either side.
MARGIN = 0.01  # of the questions
OFF_TOPIC = frozenset({"out_of_scope", "nlu_fallback"})  # either is right for what is off topic


@dataclass(frozen=True)
class Question:
    """A question of the regression set: its kind (GOLDEN, DECIDED or VALIDATION), words and topic."""

    kind: str
    text: str
    topic: str

    def is_right(self, found: str) -> bool:
        """Say whether a model's topic is right."""
        return found in OFF_TOPIC if self.topic == "out_of_scope" else found == self.topic


@dataclass(frozen=True)
class Answer:
    """A question with the topic that the model in use finds, and the one that the new model does."""

    question: Question
    before: str
    after: str

    @property
    def is_better(self) -> bool:
        return self.question.is_right(self.after) and not self.question.is_right(self.before)

    @property
    def is_worse(self) -> bool:
        return self.question.is_right(self.before) and not self.question.is_right(self.after)

    @property
    def is_wrong(self) -> bool:
        return not self.question.is_right(self.after)


def regression_set(connection: Connection) -> list[Question]:
    """Return every question that a new model is asked; a text counts once, and the golden ones first."""
    found = [*_written(GOLDEN), *_decided(connection), *_written(VALIDATION)]
    by_text = {question.text.casefold(): question for question in reversed(found)}
    return [question for question in found if by_text[question.text.casefold()] is question]


def _written(kind: str) -> Iterator[Question]:
    for topic, text in questions(QUESTIONS / f"{kind}.yml"):
        yield Question(kind, text, topic)


def questions(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (topic, text) from a file in Rasa's NLU format; none where the file is not installed."""
    if not path.exists():
        return
    for block in parsed(path.read_text(encoding="utf-8"))["nlu"]:
        for text in lines_of(block["examples"]):
            yield block["intent"], text


def _decided(connection: Connection) -> Iterator[Question]:
    """Yield what the staff have decided and what the data hold of it: the latest of a text counts."""
    learnt = reviews.c.state.in_((*TEACHING, "new topic")) & reviews.c.change_id.is_not(None)
    query = sa.select(reviews.c.example, reviews.c.decided_topic).where(learnt)
    for example, topic in connection.execute(query.order_by(reviews.c.decided_at.desc())).all():
        if example and topic:
            yield Question(DECIDED, example, topic)


def verdict(answers: Iterable[Answer]) -> str | None:
    """Return why the new model may not go live, or None when it may."""
    answers = list(answers)
    failed = [one for one in answers if one.question.kind == GOLDEN and one.is_wrong]
    if failed:
        return f"It fails {_count(failed, 'golden question')}: {_quoted(failed)}."
    lost = [one for one in answers if one.question.kind == DECIDED and one.is_worse]
    if lost:
        return f"It forgets {_count(lost, 'question')} that you had put right: {_quoted(lost)}."
    missed = [one for one in answers if one.question.topic == EMERGENCY and one.is_worse]
    if missed:
        return f"It misses {_count(missed, 'description')} of an emergency: {_quoted(missed)}."
    better, worse = ([one for one in answers if getattr(one, side)] for side in ("is_better", "is_worse"))
    if len(worse) - len(better) > len(answers) * MARGIN:
        return f"It is worse: {_count(better, 'question')} got better and {len(worse)} got worse."
    return None


def _count(answers: list[Answer], what: str) -> str:
    return f"{len(answers)} {what}{'' if len(answers) == 1 else 's'}"


def _quoted(answers: list[Answer]) -> str:
    shown = [f"“{one.question.text}” is {one.question.topic}, not {one.after}" for one in answers[:3]]
    return "; ".join(shown) + (" …" if len(answers) > len(shown) else "")
