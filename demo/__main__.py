"""Fill the demonstration's database, then start the assistant and the console on it.

python -m demo                  fills it unless it is filled, and starts everything; FRESH=1 fills it anew
python -m demo fill [VISITORS]  fills it and starts nothing
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

from clinic import models, secret
from clinic.settings import environment
from clinic.settings.environment import PROJECT, VARIABLES
from clinic.start.processes import child_environment
from clinic.start.training import train_if_changed

VISITORS = 400
FOLDER = "demo"  # in the data folder
FILLED = "filled"  # a file that says that nothing is missing
# Of the settings only these count: nobody is written to about appointments that nobody made, and the real
# database, answers and models stay as they are.
THIS_MACHINE = {"HOST", "PORT", "ACTIONS_PORT", "CONSOLE_HOST", "CONSOLE_PORT", "LOG_FORMAT"}


def main() -> int:
    """Run a command and return its exit code."""
    command, *rest = [*sys.argv[1:], "start"]
    if command not in {"start", "fill"}:
        print(__doc__, file=sys.stderr)
        return os.EX_USAGE
    os.chdir(PROJECT)
    folder = environment().data_folder / FOLDER
    if command == "fill" or os.environ.get("FRESH") or not (folder / FILLED).exists():
        begin(folder)
        live_in(folder)
        fill(folder, int(rest[0]) if command == "fill" and rest[0].isdecimal() else VISITORS)
    live_in(folder)
    if command == "start":
        os.execv(sys.executable, [sys.executable, "-W", "ignore", "-m", "clinic.start"])  # noqa: S606
    return 0


def begin(folder: Path) -> None:
    """Train where needed; remove what an earlier filling left, and copy the model and what it learnt from."""
    settings = environment()
    train_if_changed(child_environment(settings))
    model = models.in_use()
    assert model, "the training left a model"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "models").mkdir(parents=True)
    shutil.copy(settings.data_folder / secret.MODELS, folder)  # the key that the model is signed with
    for path in (model, model.with_name(f"{model.name}.signature"), model.with_name(models.NOTE)):
        shutil.copy(path, folder / "models")
    shutil.copytree(settings.knowledge_folder, folder / "data")


def live_in(folder: Path) -> None:
    """Let this process and its children know the demonstration's folder, and none of the real settings."""
    for name in set(VARIABLES) - THIS_MACHINE:
        os.environ.pop(name, None)
    os.environ |= {
        "CLINIC_DATA": str(folder),
        "CLINIC_FILE": str(PROJECT / "demo" / "clinic.yml"),
        "CLINIC_KNOWLEDGE": str(folder / "data"),
        "CLINIC_MODELS": str(folder / "models"),
    }


def fill(folder: Path, visitors: int) -> None:
    """Let the visitors come."""
    from demo.month import Month  # noqa: PLC0415 (Rasa: only where somebody talks)

    model = models.in_use()
    assert model, "it was copied"
    start = time.monotonic()
    print(f"{visitors} visitors of a month talk to the assistant (a minute or two) …", flush=True)
    said = Month(visitors).run(model)
    (folder / FILLED).touch()
    print(f"\n{said} messages were answered in {time.monotonic() - start:.0f} s.", flush=True)


if __name__ == "__main__":
    sys.exit(main())
