"""What becomes of a trained model: it lives, or the one in use stays and the reason is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from clinic import models
from clinic.learning import trainer
from clinic.learning.gate import Answer, Question
from clinic.learning.tables import training_answers, trainings
from clinic.start.checks import CannotStart
from tests.console.staff import hire

BETTER = Answer(Question("decided", "is there wifi", "faq/wifi"), "nlu_fallback", "faq/wifi")
WORSE = Answer(Question("validation", "is it dear", "faq/price"), "faq/price", "faq/pain")
SAME = Answer(Question("golden", "book me in", "book"), "book", "book")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of models with one in use."""
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setenv("CLINIC_MODELS", str(folder))
    models.add(made(tmp_path, "20260101-000000.tar.gz"), "before")
    return folder


def made(folder, name):
    model = folder / name
    model.write_bytes(name.encode())
    return model


@pytest.fixture
def training(engine, folder) -> trainer.Training:
    """A training that runs."""
    at = datetime.now(UTC)
    row = {"running": 1, "started_at": at, "started_by": hire(engine, "manager").id, "seen_at": at}
    with engine.begin() as connection:
        added = connection.execute(trainings.insert().values(row | {"step": "Learning"}))
    return trainer.Training(engine, added.inserted_primary_key[0])


def row_of(training):
    with training.engine.connect() as connection:
        return connection.execute(sa.select(trainings)).one()


def decide(training, answers, candidate, previous=None):
    trainer._decide(training, answers, candidate, previous or models.in_use(), "now")


def test_a_better_model_is_signed_and_used_and_its_figures_are_kept(training, folder, tmp_path):
    decide(training, [BETTER, SAME], made(tmp_path, "20260102-000000.tar.gz"))
    row = row_of(training)
    assert (row.running, row.outcome, row.asked, row.right_before, row.right_after) == (None, "live", 2, 1, 2)
    assert models.noted() == ("20260102-000000.tar.gz", "now")
    with training.engine.connect() as connection:
        (kept,) = connection.execute(sa.select(training_answers)).all()
    assert (kept.text, kept.before, kept.after) == ("is there wifi", "nlu_fallback", "faq/wifi")


def test_a_worse_model_is_not_used_nor_tried_again_while_the_data_stay(training, folder, tmp_path):
    decide(training, [WORSE, SAME], made(tmp_path, "20260102-000000.tar.gz"))
    row = row_of(training)
    assert (row.outcome, row.reason) == ("refused", "It is worse: 0 questions got better and 1 got worse.")
    assert models.noted() == ("20260101-000000.tar.gz", "now")
    assert [path.name for path in folder.glob("*.tar.gz")] == ["20260101-000000.tar.gz"]


def test_a_model_that_went_live_meanwhile_is_not_replaced_by_one_that_was_not_compared_with_it(
    training, folder, tmp_path
):
    previous = models.in_use()
    models.add(made(tmp_path, "20260103-000000.tar.gz"), "other")
    with pytest.raises(CannotStart, match="meanwhile"):
        decide(training, [BETTER], made(tmp_path, "20260102-000000.tar.gz"), previous)
    assert models.in_use().name == "20260103-000000.tar.gz"


def test_a_training_that_fails_says_why_and_the_model_in_use_stays(training, folder):
    models.in_use().unlink()
    trainer.run(training)
    row = row_of(training)
    assert (row.running, row.outcome) == (None, "failed")
    assert "no model in use" in row.reason


def test_a_training_without_a_sign_of_life_has_died(training):
    at = datetime.now(UTC)
    with training.engine.begin() as connection:
        trainer.end_the_dead(connection, at)
    assert row_of(training).running == 1
    with training.engine.begin() as connection:
        trainer.end_the_dead(connection, at + timedelta(minutes=3))
    assert row_of(training).outcome == "failed"
