"""Trainings: begun here, followed while they run, with what got better and worse; and the models before."""

from __future__ import annotations

import asyncio
from typing import Any

import sqlalchemy as sa
from sanic import response
from sanic.response import HTTPResponse
from sqlalchemy.engine import Row
from sqlalchemy.exc import IntegrityError

from clinic import models, signature
from clinic.console.audit import record
from clinic.console.pages import page, see_other
from clinic.console.refused import Refused
from clinic.console.tables import staff
from clinic.console.views import Asked, view
from clinic.database import database
from clinic.learning import decisions, trainer
from clinic.learning.gate import Answer, Question
from clinic.learning.tables import knowledge_changes, new_topics, reviews, training_answers, trainings

SHOWN = 20  # trainings and changes
# For htmx: the content of the page that is answered takes the place of that which is shown.
WHOLE = {"HX-Retarget": "#content", "HX-Reselect": "#content", "HX-Reswap": "outerHTML"}
RUNS = "A training runs already. Wait until it is done."
_by = sa.select(trainings, staff.c.name.label("by")).join(staff, staff.c.id == trainings.c.started_by)


@view("/training", role="reviewer", menu="Training")
def show(asked: Asked) -> HTTPResponse:
    """Show what is pending, the models, the trainings and the changes of the data."""
    trainer.end_the_dead(asked.connection, asked.at)
    query = _by.order_by(trainings.c.id.desc()).limit(SHOWN)
    history = asked.connection.execute(query).all()
    values = {
        "running": _running(history),
        "history": history,
        "changes": asked.connection.execute(_changes()).all(),
        "models": [model.name for model in models.kept()],
        "in_use": models.noted()[0],
        "pending": _pending(asked),
        "steps": trainer.STEPS,
        "is_current": models.noted()[1] == models.fingerprint(),
    }
    return page(asked, "training/training.html", **values)


@view("/training/now", role="reviewer")
def now(asked: Asked) -> HTTPResponse:
    """Return the part of the page that follows a training: nothing until its step changes (?step=).

    When it is done the whole content takes the place of the old; the page stays where it was scrolled to.
    """
    trainer.end_the_dead(asked.connection, asked.at)
    running = _running(asked.connection.execute(_by.where(trainings.c.running.is_not(None))).all())
    if running is None:
        answer = show(asked)
        answer.headers.update(WHOLE)
        return answer
    if running.step == asked.argument("step"):
        return response.empty()
    return page(asked, "training/part_now.html", running=running, steps=trainer.STEPS)


@view("/training/start", role="manager", methods=("POST",))
async def start(asked: Asked) -> HTTPResponse:
    """Begin a training; the database lets one run at a time."""
    trainer.start(await asyncio.to_thread(_begin, asked))
    return see_other("/training")


def _begin(asked: Asked) -> int:
    row = {"running": 1, "started_at": asked.at, "seen_at": asked.at, "step": trainer.STEPS[0]}
    try:
        with database().begin() as connection:
            trainer.end_the_dead(connection, asked.at)
            added = connection.execute(trainings.insert().values(row | {"started_by": asked.me.id}))
            number = int(added.inserted_primary_key[0])
            record(connection, asked.me, "began a training", f"training {number}")
    except IntegrityError:
        raise Refused(409, RUNS) from None
    return number


@view("/training/<number:int>", role="reviewer")
def one(asked: Asked, number: int) -> HTTPResponse:
    """Show what a training made better and worse."""
    row = asked.connection.execute(_by.where(trainings.c.id == number)).first()
    if row is None:
        raise Refused(404)
    query = sa.select(training_answers).where(training_answers.c.training_id == number)
    answers = [_answer(one) for one in asked.connection.execute(query.order_by(training_answers.c.number))]
    sides = {
        "Worse": [one for one in answers if one.is_worse],
        "Better": [one for one in answers if one.is_better],
        "Wrong before and after, in another way": [
            one for one in answers if one.is_wrong and not one.is_worse
        ],
    }
    return page(asked, "training/one.html", training=row, sides=sides)


@view("/training/use", role="manager", methods=("POST",))
def use(asked: Asked) -> HTTPResponse:
    """Let the assistants use one of the models that are kept."""
    model = next((model for model in models.kept() if model.name == asked.field("model")), None)
    if model is None:
        raise Refused(404)
    if asked.connection.execute(sa.select(trainings.c.id).where(trainings.c.running.is_not(None))).first():
        raise Refused(409, RUNS)
    try:
        signature.check(model)
    except signature.ModelRefused as refused:
        raise Refused(409, str(refused)) from None
    record(asked.connection, asked.me, "went back to a model", f"model {model.name}")
    models.use(model.name, models.fingerprint())
    return see_other("/training")


def _running(rows: list[Row]) -> Row | None:
    return next((row for row in rows if row.running), None)


def _changes() -> sa.sql.Select:
    who = staff.c.id == knowledge_changes.c.applied_by
    query = sa.select(knowledge_changes, staff.c.name.label("by")).join(staff, who)
    return query.order_by(knowledge_changes.c.id.desc()).limit(SHOWN)


def _pending(asked: Asked) -> int:
    """Return how many decisions are not part of the data yet."""
    taught = sa.select(sa.func.count()).where(
        reviews.c.state.in_(decisions.TEACHING), reviews.c.change_id.is_(None)
    )
    written = sa.select(sa.func.count()).where(new_topics.c.change_id.is_(None))
    return sum(int(asked.connection.execute(query).scalar_one()) for query in (taught, written))


def _answer(row: Any) -> Answer:
    return Answer(Question(row.kind, row.text, row.topic), row.before, row.after)
