"""Trains a model, asks it and the one in use the regression set, and lets the better one live.

python -m clinic.learning.trainer NUMBER     does the training that the console has begun (trainings.id)

A process of its own with a low priority; what it does stands in the database, so that every page shows it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from clinic import models, signature
from clinic.database import database
from clinic.learning.gate import Answer, Question, regression_set, verdict
from clinic.learning.tables import training_answers, trainings
from clinic.settings import environment
from clinic.settings.environment import PROJECT
from clinic.start.checks import CannotStart
from clinic.start.processes import child_environment
from clinic.start.training import CANDIDATE, QUIET, train

NICENESS = 10
BEAT_SECONDS = 5.0
SILENT = timedelta(minutes=2)  # a training that has given no sign of life for so long has died
STEPS = (
    "Starting",
    "Learning from the examples",
    "Asking the new model the regression set",
    "Asking the model in use the same",
)
LIVE, REFUSED, FAILED = OUTCOMES = ("live", "refused", "failed")


def end_the_dead(connection: Connection, at: datetime) -> None:
    """Note that a training has ended whose process is gone."""
    dead = trainings.c.running.is_not(None) & (trainings.c.seen_at < at - SILENT)
    reason = "Its process ended before it was done. The model in use stays; train again."
    values = {"running": None, "ended_at": at, "outcome": FAILED, "reason": reason}
    connection.execute(trainings.update().where(dead).values(values))


def start(number: int) -> None:
    """Start the process of a training that stands in the database."""
    subprocess.Popen([sys.executable, "-m", "clinic.learning.trainer", str(number)], cwd=PROJECT)


class Training:
    """One training's row."""

    def __init__(self, engine: Engine, number: int) -> None:
        self.engine, self.number = engine, number

    def note(self, **values: Any) -> None:
        """Change the row; a sign of life too."""
        with self.engine.begin() as connection:
            mine = trainings.c.id == self.number
            connection.execute(trainings.update().where(mine).values(values | {"seen_at": datetime.now(UTC)}))

    def end(self, outcome: str, reason: str | None = None, **values: Any) -> None:
        """Note how it ended."""
        at = datetime.now(UTC)
        self.note(running=None, ended_at=at, outcome=outcome, reason=reason, step="", **values)

    @contextmanager
    def living(self) -> Iterator[None]:
        """Give signs of life while something else is done."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(BEAT_SECONDS):
                try:
                    self.note()
                except SQLAlchemyError:  # the next one may succeed
                    continue

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def run(training: Training) -> None:
    """Train and decide. A failure is noted, and the model in use stays."""
    try:
        with training.living():
            _train_and_decide(training)
    except (CannotStart, signature.ModelRefused, subprocess.CalledProcessError, OSError) as error:
        training.end(FAILED, f"{error}")


def _train_and_decide(training: Training) -> None:
    previous, known = models.in_use(), models.fingerprint()
    if previous is None:
        raise CannotStart("there is no model in use to compare with: run make train")
    signature.check(previous)
    variables = child_environment(environment())
    training.note(model_before=previous.name, step=STEPS[1])
    with tempfile.TemporaryDirectory(dir=environment().models_folder, prefix=CANDIDATE) as folder:
        candidate = train(Path(folder), variables)
        training.note(model=candidate.name, step=STEPS[2])
        with training.engine.connect() as connection:
            questions = regression_set(connection)
        after = _asked(candidate, questions, variables)
        training.note(step=STEPS[3])
        before = _asked(previous, questions, variables)
        answers = [Answer(*one) for one in zip(questions, before, after, strict=True)]
        _decide(training, answers, candidate, previous, known)


def _asked(model: Path, questions: list[Question], variables: dict[str, str]) -> list[str]:
    """Return the topics that a model finds."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".json") as file:
        json.dump([question.text for question in questions], file)
        file.flush()
        command = [sys.executable, "-W", "ignore", "-m", "clinic.learning.ask", str(model), file.name]
        subprocess.run(command, cwd=PROJECT, env=variables | QUIET, check=True)
        return list(json.loads(Path(file.name).read_text(encoding="utf-8")))


def _decide(training: Training, answers: list[Answer], candidate: Path, previous: Path, known: str) -> None:
    figures: dict[str, Any] = {
        "asked": len(answers),
        "right_before": sum(one.question.is_right(one.before) for one in answers),
        "right_after": sum(not one.is_wrong for one in answers),
    }
    _keep_answers(training, [one for one in answers if one.before != one.after or _failed(one)])
    if models.in_use() != previous:
        raise CannotStart("another model went live meanwhile; train again")
    if reason := verdict(answers):
        models.use(previous.name, known)  # until the data change again; a restart does not try them anew
        training.end(REFUSED, reason, **figures)
        return
    models.add(candidate, known)
    training.end(LIVE, **figures)


def _failed(answer: Answer) -> bool:
    return answer.question.kind == "golden" and answer.is_wrong


def _keep_answers(training: Training, answers: list[Answer]) -> None:
    rows = [
        {
            "training_id": training.number,
            "number": number,
            "kind": one.question.kind,
            "text": one.question.text,
            "topic": one.question.topic,
            "before": one.before,
            "after": one.after,
        }
        for number, one in enumerate(answers)
    ]
    if rows:
        with training.engine.begin() as connection:
            connection.execute(sa.insert(training_answers), rows)


def main() -> int:
    """Do the training that the command line names."""
    os.nice(NICENESS)
    run(Training(database(), int(sys.argv[1])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
