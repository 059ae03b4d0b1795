"""Trains when something changed; a new model goes live only when it answers the golden questions."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clinic import models, signature
from clinic.settings import environment
from clinic.settings.environment import PROJECT
from clinic.start.checks import CannotStart
from clinic.start.processes import SPARING

# Rasa's components whose training takes long enough to be told of.
STEPS = {"RulePolicy": "the rules", "Spelling": "the examples' words", "TopicClassifier": "the topics"}
PROGRESS_BAR = re.compile(r"\d+it \[|it/s")
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
    scratch = tempfile.TemporaryDirectory(dir=environment().models_folder, prefix=CANDIDATE)
    with scratch as folder, _golden(variables) as golden:
        candidate = train(Path(folder), variables)
        if failed := _failed_questions(golden, candidate):
            _keep(previous, failed)
            return
        models.add(candidate, known)
    print(f"Trained in {time.monotonic() - start:.0f} s.", flush=True)


def train(folder: Path, variables: dict[str, str]) -> Path:
    """Train into a folder and return the model. Raises CannotStart when that fails."""
    name = f"{time.strftime('%Y%m%d-%H%M%S')}.tar.gz"
    data = ["--data", str(environment().knowledge_folder)]
    where = ["--out", str(folder), "--fixed-model-name", name]
    if said := _run(["rasa", "train", "--force", "--skip-validation", *data, *where], variables):
        print(said, file=sys.stderr)
        raise CannotStart("the training failed; the lines above say why")
    return folder / name


def _run(module: list[str], variables: dict[str, str]) -> str:
    """Run a module, tell its progress, and return what it said if it failed, otherwise nothing."""
    command = [sys.executable, "-W", "ignore", "-m", *module]
    given = {name: value for name, value in variables.items() if name not in SPARING} | QUIET
    out = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=PROJECT, env=given, stdout=out, stderr=subprocess.STDOUT, text=True
    ) as process:
        said = [line for line in process.stdout or () if not _told(line)]
    return "".join(said) if process.returncode else ""


def _told(line: str) -> bool:
    """Tell a person what a line says about progress; False where it says something else."""
    begun = re.search(r"Starting to train component '(\w+)'", line)
    if begun and begun[1] in STEPS:
        print(f"  {STEPS[begun[1]]} …", flush=True)
    return bool(begun) or PROGRESS_BAR.search(line) is not None


@contextmanager
def _golden(variables: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Start the process that will ask the golden questions: it gets ready while the model is trained."""
    command = [sys.executable, "-W", "ignore", "-m", "clinic.start.golden", "-"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=PROJECT, env=variables | QUIET, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _failed_questions(golden: subprocess.Popen[str], model: Path) -> str:
    """Return which golden questions a model fails, one a line; nothing when it passes."""
    print("  the golden questions …", flush=True)
    failed, trouble = golden.communicate(f"{model}\n")
    if golden.returncode and not failed:
        print(trouble, file=sys.stderr)
        raise CannotStart("the golden questions could not be asked; the lines above say why")
    return failed if golden.returncode else ""


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
