"""A new model goes live only when it passes; the one before stays otherwise."""

import os
import subprocess
import sys
from contextlib import nullcontext

import pytest

from clinic import models as models_folder
from clinic import signature
from clinic.settings.environment import PROJECT
from clinic.start import training
from clinic.start.checks import CannotStart


@pytest.fixture
def models(tmp_path, monkeypatch):
    """An empty folder for models, a training that takes no time, and what the golden questions say."""
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setenv("CLINIC_MODELS", str(folder))
    monkeypatch.setattr(models_folder, "fingerprint", lambda: "what-it-learns-from")
    trainings = []

    def train(where, _variables):
        trainings.append(where)
        candidate = where / f"model-{len(trainings)}.tar.gz"
        candidate.write_bytes(b"trained")
        return candidate

    monkeypatch.setattr(training, "train", train)
    monkeypatch.setattr(training, "_golden", lambda _: nullcontext())
    monkeypatch.setattr(training, "_failed_questions", lambda *_: "")
    return folder


def learn_something_new(monkeypatch, what="something-new"):
    monkeypatch.setattr(models_folder, "fingerprint", lambda: what)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_model_that_passes_is_signed_and_used(models):
    assert models_folder.in_use() is None
    training.train_if_changed({})
    assert names(models) == ["model-1.tar.gz", "model-1.tar.gz.signature", "trained-from"]
    assert models_folder.in_use() == models / "model-1.tar.gz"
    signature.check(models_folder.in_use())


def test_nothing_is_trained_while_nothing_changed(models):
    training.train_if_changed({})
    training.train_if_changed({})
    assert models_folder.in_use().name == "model-1.tar.gz"


def test_a_change_brings_a_new_model_and_the_last_five_are_kept(models, monkeypatch):
    for number in range(7):
        learn_something_new(monkeypatch, f"change-{number}")
        training.train_if_changed({})
    kept = [f"model-{number}.tar.gz" for number in range(3, 8)]
    assert names(models) == sorted([*kept, *(f"{name}.signature" for name in kept), "trained-from"])
    assert [model.name for model in models_folder.kept()] == kept[::-1]


def test_a_model_that_people_went_back_to_stays_until_something_changes(models, monkeypatch):
    training.train_if_changed({})
    learn_something_new(monkeypatch)
    training.train_if_changed({})
    models_folder.use("model-1.tar.gz", models_folder.fingerprint())
    training.train_if_changed({})
    assert models_folder.in_use().name == "model-1.tar.gz"
    assert [model.name for model in models_folder.kept()] == ["model-1.tar.gz", "model-2.tar.gz"]


def test_a_model_that_fails_golden_questions_is_not_used(models, monkeypatch, capsys):
    training.train_if_changed({})
    learn_something_new(monkeypatch)
    monkeypatch.setattr(training, "_failed_questions", lambda *_: '  "ouch" is about emergency')
    training.train_if_changed({})
    assert names(models) == ["model-1.tar.gz", "model-1.tar.gz.signature", "trained-from"]
    said = capsys.readouterr().err
    assert '"ouch" is about emergency' in said
    assert "model-1.tar.gz stays" in said


def test_after_a_failure_the_next_change_is_tried_again(models, monkeypatch):
    training.train_if_changed({})
    learn_something_new(monkeypatch)
    monkeypatch.setattr(training, "_failed_questions", lambda *_: "  wrong")
    training.train_if_changed({})
    monkeypatch.setattr(training, "_failed_questions", lambda *_: "")
    training.train_if_changed({})
    assert models_folder.in_use().name == "model-3.tar.gz"


def test_a_first_model_that_fails_is_not_used_and_says_so(models, monkeypatch):
    monkeypatch.setattr(training, "_failed_questions", lambda *_: "  wrong")
    with pytest.raises(CannotStart, match="there is no other"):
        training.train_if_changed({})
    assert names(models) == []


def test_a_model_that_was_changed_is_replaced_and_never_falls_back_to(models, monkeypatch, capsys):
    training.train_if_changed({})
    (models / "model-1.tar.gz").write_bytes(b"tampered")
    training.train_if_changed({})
    assert models_folder.in_use().name == "model-2.tar.gz"
    assert "was changed since it was trained" in capsys.readouterr().out
    (models / "model-2.tar.gz").write_bytes(b"tampered")
    monkeypatch.setattr(training, "_failed_questions", lambda *_: "  wrong")
    with pytest.raises(CannotStart, match="there is no other"):
        training.train_if_changed({})


def test_a_model_is_asked_in_a_process_of_its_own_and_its_failures_are_told(tmp_path):
    questions = tmp_path / "golden.yml"
    examples = "    - do the needles hurt?\n    - I can't breathe and my lips are swelling up\n"
    questions.write_text(f"nlu:\n- intent: emergency\n  examples: |\n{examples}", encoding="utf-8")
    model = next((PROJECT / "models").glob("*.tar.gz"))
    command = [sys.executable, "-m", "clinic.start.golden", "-", str(questions)]
    done = subprocess.run(
        command, cwd=PROJECT, input=f"{model}\n", capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    said = [line for line in done.stdout.splitlines() if line.startswith('  "')]
    assert said == ['  "do the needles hurt?" is about emergency, the model says faq/pain']


def test_a_training_tells_its_progress_and_nothing_else(capfd):
    begun = "INFO rasa.engine.training.hooks  - Starting to train component 'TopicClassifier'."
    warned = "sklearn/linear_model.py:451: DeprecationWarning: the option is deprecated"
    said = training._run(["timeit", "-n1", "-r1", f"print({begun!r}); print({warned!r})"], dict(os.environ))
    assert said == ""
    assert capfd.readouterr() == ("  the topics …\n", "")


def test_a_training_that_fails_says_why():
    said = training._run(["timeit", "-n1", "-r1", "raise OSError('the disk is full')"], dict(os.environ))
    assert "the disk is full" in said
