"""The folder of trained models: which one is in use, from what it was made, and those before it.

``trained-from`` holds the name of the model in use and the fingerprint of what it is right for. It is
replaced whole; every assistant that serves this folder follows it (clinic/serving/swap.py).
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from clinic import signature
from clinic.settings import environment
from clinic.settings.environment import PROJECT

TAUGHT = frozenset({".npy", ".py", ".yml"})  # the files of a folder that a model depends on
LEARNED = ("config.yml", "domain.yml", "data", "clinic/nlu", "requirements.lock")
NOTE = "trained-from"
KEPT = 5  # models, the one in use included


def in_use() -> Path | None:
    """Return the model in use, or None where there is none."""
    name = noted()[0]
    model = environment().models_folder / name
    return model if name and model.is_file() else None


def noted() -> tuple[str, str]:
    """Return the name of the model in use and the fingerprint of what it is right for."""
    try:
        text = (environment().models_folder / NOTE).read_text(encoding="ascii")
    except FileNotFoundError:
        return "", ""
    name, _, known = text.strip().partition(" ")
    return name, known


def use(name: str, known: str) -> None:
    """Let every assistant use a model. It stays in use until what it learns from is no longer ``known``."""
    folder = environment().models_folder
    descriptor, draft = tempfile.mkstemp(dir=folder, prefix=".note-")
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{name} {known}\n")
    Path(draft).chmod(0o644)
    Path(draft).rename(folder / NOTE)


def add(candidate: Path, known: str) -> Path:
    """Sign a new model, use it, keep the last ones before it, and return its new path."""
    model = environment().models_folder / candidate.name
    candidate.rename(model)
    signature.sign(model)
    use(model.name, known)
    for old in kept()[KEPT:]:
        old.unlink()
        old.with_name(f"{old.name}.signature").unlink(missing_ok=True)
    return model


def kept() -> list[Path]:
    """Return the models, the one in use first and then the newest: their names are their times."""
    models = sorted(environment().models_folder.glob("*.tar.gz"), reverse=True)
    return sorted(models, key=lambda model: model.name != noted()[0])


def fingerprint() -> str:
    """Return a digest of all that a model learns from."""
    digest = hashlib.sha256()
    for name in LEARNED:
        path = environment().knowledge_folder if name == "data" else PROJECT / name
        inner = sorted(p for p in path.rglob("*") if p.suffix in TAUGHT)
        files = inner if path.is_dir() else [path]
        for file in files:
            inside = Path(name) / file.relative_to(path)
            digest.update(str(inside).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
