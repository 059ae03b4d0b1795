"""Trainings of the two assistants, and what each took."""

from __future__ import annotations

import hashlib
import json
import resource
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from clinic.settings.environment import PROJECT
from evaluation.assistants import STOCK, Assistant, CannotCompare, run

TRAINING_SECONDS = 3 * 3600  # stock Rasa on two busy cores


@dataclass(frozen=True)
class Training:
    """What a training took, by the clock and of all processors together, and a digest of what was learnt."""

    seconds: float
    processor_seconds: float
    learnt: str


def train(assistant: Assistant) -> Training:
    """Train from nothing into the assistant's folder of models and note there what it took.

    Raises:
        CannotCompare: the training failed.

    """
    out = str(assistant.models)
    command = [str(assistant.python), "-m", "rasa", "train", "--force", "--skip-validation", "--out", out]
    learnt, start, used = _learnt(), time.monotonic(), _processor_seconds()
    run(assistant, [*command, *assistant.training], assistant.folder, TRAINING_SECONDS)
    training = Training(time.monotonic() - start, _processor_seconds() - used, learnt)
    assistant.training_note.write_text(json.dumps(asdict(training)), encoding="ascii")
    return training


def last_training(assistant: Assistant) -> Training:
    """Return what the last training took.

    Raises:
        CannotCompare: there was none, or the data has changed since.

    """
    try:
        training = Training(**json.loads(assistant.training_note.read_text(encoding="ascii")))
    except FileNotFoundError:
        raise CannotCompare(f"{assistant.name} is not trained; run without --skip-training") from None
    if training.learnt != _learnt():
        raise CannotCompare(
            f"{assistant.name} learnt other data than is there now; run without --skip-training"
        )
    return training


def _learnt() -> str:
    """Return a digest of the examples, the answers and stock Rasa's own files."""
    files = [*(PROJECT / "data").rglob("*.yml"), *STOCK.glob("*.yml")]
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(str(file.relative_to(PROJECT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def newest_model(assistant: Assistant) -> Path:
    """Return the newest model of an assistant. Raises CannotCompare when there is none."""
    models = sorted(assistant.models.glob("*.tar.gz"), key=lambda model: model.stat().st_mtime)
    if not models:
        raise CannotCompare(f"{assistant.name} has no trained model; run without --skip-training")
    return models[-1]
