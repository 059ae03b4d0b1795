"""Trains when something changed; a new model goes live only when it answers the golden questions."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from clinic import signature
from clinic.settings.environment import PROJECT
from clinic.start.checks import CannotStart

MODELS = PROJECT / "models"
TRAINED_FROM = MODELS / "trained-from"
LEARNED = ("config.yml", "domain.yml", "data", "clinic/nlu", "requirements.lock")
# Rasa's components whose training takes long enough to be told of.
STEPS = {"RulePolicy": "the rules", "Spelling": "the examples' words", "TopicClassifier": "the topics"}
PROGRESS_BAR = re.compile(r"\d+it \[|it/s")
QUIET = {"TQDM_DISABLE": "1", "RASA_MAX_CACHE_SIZE": "0"}


def model_in_use() -> Path | None:
    """Return the model that was trained last and passed, or None where there is none."""
    name = _noted()[0]
    return MODELS / name if name and (MODELS / name).is_file() else None


def train_if_changed(variables: dict[str, str]) -> None:
    """Train when what the model learns from has changed, or when the model is not the one made here.

    A model that fails golden questions is not used: the previous one stays.

    Raises:
        CannotStart: the training failed, or the new model did and there is no other.

    """
    fingerprint, model = _fingerprint(), model_in_use()
    previous = model if model and _is_genuine(model) else None
    if previous and _noted()[1] == fingerprint:
        return
    print("Training the assistant (less than a minute) …", flush=True)
    start = time.monotonic()
    with tempfile.TemporaryDirectory(dir=MODELS, prefix=".candidate-") as folder:
        candidate = _train(Path(folder), variables)
        if failed := _failed_questions(candidate, variables):
            _keep(previous, failed)
            return
        _go_live(candidate, fingerprint)
    print(f"Trained in {time.monotonic() - start:.0f} s.", flush=True)


def _train(folder: Path, variables: dict[str, str]) -> Path:
    name = f"{time.strftime('%Y%m%d-%H%M%S')}.tar.gz"
    where = ["--out", str(folder), "--fixed-model-name", name]
    if said := _run(["rasa", "train", "--force", "--skip-validation", *where], variables):
        print(said, file=sys.stderr)
        raise CannotStart("the training failed; the lines above say why")
    return folder / name


def _run(module: list[str], variables: dict[str, str]) -> str:
    """Run a module, tell its progress, and return what it said if it failed, otherwise nothing."""
    command = [sys.executable, "-W", "ignore", "-m", *module]
    out = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=PROJECT, env=variables | QUIET, stdout=out, stderr=subprocess.STDOUT, text=True
    ) as process:
        said = [line for line in process.stdout or () if not _told(line)]
    return "".join(said) if process.returncode else ""


def _told(line: str) -> bool:
    """Tell a person what a line says about progress; False where it says something else."""
    begun = re.search(r"Starting to train component '(\w+)'", line)
    if begun and begun[1] in STEPS:
        print(f"  {STEPS[begun[1]]} …", flush=True)
    return bool(begun) or PROGRESS_BAR.search(line) is not None


def _failed_questions(model: Path, variables: dict[str, str]) -> str:
    """Return which golden questions a model fails, one a line; nothing when it passes."""
    print("  the golden questions …", flush=True)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "clinic.start.golden", str(model)],
        cwd=PROJECT,
        env=variables | QUIET,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and not done.stdout:
        print(done.stderr, file=sys.stderr)
        raise CannotStart("the golden questions could not be asked; the lines above say why")
    return done.stdout if done.returncode else ""


def _keep(previous: Path | None, failed: str) -> None:
    print(f"The new model fails golden questions (tests/questions/golden.yml):\n{failed}", file=sys.stderr)
    if not previous:
        raise CannotStart("the new model is not used, and there is no other; undo the last change to data/")
    print(f"It is not used; {previous.name} stays.", file=sys.stderr, flush=True)


def _go_live(candidate: Path, fingerprint: str) -> None:
    model = MODELS / candidate.name
    candidate.rename(model)
    signature.sign(model)
    TRAINED_FROM.write_text(f"{model.name} {fingerprint}\n", encoding="ascii")
    for old in MODELS.glob("*.tar.gz*"):
        if not old.name.startswith(model.name):
            old.unlink()


def _is_genuine(model: Path) -> bool:
    try:
        signature.check(model)
    except signature.ModelRefused as refused:
        print(f"{refused} Training anew.", flush=True)
        return False
    return True


def _noted() -> tuple[str, str]:
    """Return the name of the model in use and the fingerprint of what it was trained from."""
    try:
        name, _, fingerprint = TRAINED_FROM.read_text(encoding="ascii").strip().partition(" ")
    except FileNotFoundError:
        return "", ""
    return name, fingerprint


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for name in LEARNED:
        path = PROJECT / name
        files = sorted(p for p in path.rglob("*") if p.suffix in {".py", ".yml"}) if path.is_dir() else [path]
        for file in files:
            digest.update(str(file.relative_to(PROJECT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
