"""Trained models are signed where they are made and refused where they were changed since.

A model is a program: whoever can change the archive decides what the assistant says and, through what
it unpacks, what its machine does. The signature is an HMAC with the clinic's own key, which lies in
CLINIC_DATA and not beside the models: write access to the models' folder, a shared volume, an image or
a copy on its way to another machine is not enough to replace one. It does not stop somebody who can
read CLINIC_DATA as well, and a plain hash beside the model would stop nobody.
"""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

from clinic.secret import MODELS, secret


class ModelRefused(Exception):
    """Why a model is not loaded, in one sentence for the person at the terminal."""


def sign(model: Path) -> None:
    """Write a model's signature beside it."""
    _beside(model).write_text(f"{_signature(model)}\n", encoding="ascii")


def check(model: Path) -> None:
    """Raise ModelRefused for a model that was not made with this clinic's key, or changed since."""
    try:
        known = _beside(model).read_text(encoding="ascii").strip()
        genuine = hmac.compare_digest(known.encode(), _signature(model).encode())
    except FileNotFoundError as error:
        what = "has no signature" if Path(str(error.filename)) != model else "does not exist"
        raise ModelRefused(f"The model {model.name} {what}: run make train.") from None
    if not genuine:
        raise ModelRefused(
            f"The model {model.name} was changed since it was trained, or trained with another clinic's key: "
            "run make train."
        )


def _beside(model: Path) -> Path:
    return model.with_name(f"{model.name}.signature")


def _signature(model: Path) -> str:
    with model.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    return hmac.new(bytes.fromhex(secret(MODELS)), digest, hashlib.sha256).hexdigest()
