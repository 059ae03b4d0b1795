"""Trains when something changed; a new model goes live only when it answers the golden questions."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from clinic import models, signature
from clinic.settings import environment
from clinic.settings.environment import PROJECT
from clinic.start.checks import CannotStart

QUIET = {"TQDM_DISABLE": "1", "RASA_MAX_CACHE_SIZE": "0"}
CANDIDATE = ".candidate-"  # how the folders begin in which models are made


def prepare_knowledge() -> None:
    """Begin a clinic's own folder of knowledge as a copy of the project's."""
    folder = environment().knowledge_folder
    if not folder.exists():
        shutil.copytree(PROJECT / "data", folder)


def train_if_changed(variables: dict[str, str]) -> None:
    """Train when what the model learns from has changed, or when the model is not the one made here.

    A model that fails golden questions is not used: the previous one stays.

    Raises:
        CannotStart: the training failed, or the new model did and there is no other.

    """
    known, model = models.fingerprint(), models.in_use()
    previous = model if model and _is_genuine(model) else None
    if previous and models.noted()[1] == known:
        return
    print("Training the assistant (less than a minute) …", flush=True)
    start = time.monotonic()
    with tempfile.TemporaryDirectory(dir=environment().models_folder, prefix=CANDIDATE) as folder:
        candidate = train(Path(folder), variables)
        if failed := _failed_questions(candidate, variables):
            _keep(previous, failed)
            return
        models.add(candidate, known)
    print(f"Trained in {time.monotonic() - start:.0f} s.", flush=True)


def train(folder: Path, variables: dict[str, str]) -> Path:
    """Train into a folder and return the model. Raises CannotStart when that fails."""
    name = f"{time.strftime('%Y%m%d-%H%M%S')}.tar.gz"
    data = ["--data", str(environment().knowledge_folder)]
    where = ["--out", str(folder), "--fixed-model-name", name]
    code = subprocess.call(
        [sys.executable, "-m", "rasa", "train", "--force", "--skip-validation", *data, *where],
        cwd=PROJECT,
        env=variables | QUIET,
    )
    if code:
        raise CannotStart("the training failed; the lines above say why")
    return folder / name


def _failed_questions(model: Path, variables: dict[str, str]) -> str:
    """Return which golden questions a model fails, one a line; nothing when it passes."""
    done = subprocess.run(
        [sys.executable, "-m", "clinic.start.golden", str(model)],
        cwd=PROJECT,
        env=variables | QUIET,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode and not done.stdout:
        raise CannotStart("the golden questions could not be asked; the lines above say why")
    return done.stdout if done.returncode else ""


def _keep(previous: Path | None, failed: str) -> None:
    print(f"The new model fails golden questions (tests/questions/golden.yml):\n{failed}", file=sys.stderr)
    if not previous:
        raise CannotStart("the new model is not used, and there is no other; undo the last change to data/")
    print(f"It is not used; {previous.name} stays.", file=sys.stderr, flush=True)


def _is_genuine(model: Path) -> bool:
    try:
        signature.check(model)
    except signature.ModelRefused as refused:
        print(f"{refused} Training anew.", flush=True)
        return False
    return True
