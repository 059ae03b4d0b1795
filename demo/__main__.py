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
from clinic.settings.environment import PROJECT
from clinic.start.processes import child_environment
from clinic.start.training import train_if_changed

VISITORS = 400
FOLDER = "demo"  # in the data folder
FILLED = "filled"  # a file that says that nothing is missing
# Whatever reaches people or the real database: nobody is written to about appointments that nobody made.
NOT_HERE = (
    "DATABASE_URL CLINIC_NOW WORKERS PUBLIC_URL CONSOLE_URL RETENTION_DAYS MAIL_HOST MAIL_PORT MAIL_SECURITY "
    "MAIL_USER MAIL_PASSWORD MAIL_FROM CALDAV_USER CALDAV_PASSWORD CALCOM_KEY"
).split()


def main() -> int:
    """Run a command and return its exit code."""
    command, *rest = [*sys.argv[1:], "start"]
    if command not in {"start", "fill"}:
        print(__doc__, file=sys.stderr)
        return os.EX_USAGE
    os.chdir(PROJECT)
    folder = prepare()
    if command == "fill" or os.environ.get("FRESH") or not (folder / FILLED).exists():
        empty(folder)
        fill(folder, int(rest[0]) if command == "fill" and rest[0].isdecimal() else VISITORS)
    if command == "start":
        os.environ.pop("CLINIC_NOW", None)
        os.execv(sys.executable, [sys.executable, "-W", "ignore", "-m", "clinic.start"])  # noqa: S606
    return 0


def prepare() -> Path:
    """Train where needed, and let this process and its children live in the demonstration's folder."""
    settings = environment()
    train_if_changed(child_environment(settings))
    folder = settings.data_folder / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(settings.data_folder / secret.MODELS, folder)  # the model is the real one, and so is its key
    for name in NOT_HERE:
        os.environ.pop(name, None)
    os.environ |= {"CLINIC_DATA": str(folder), "CLINIC_FILE": str(PROJECT / "demo" / "clinic.yml")}
    return folder


def empty(folder: Path) -> None:
    """Remove what an earlier filling has left."""
    for path in [folder / FILLED, *folder.glob("clinic.db*")]:
        path.unlink(missing_ok=True)


def fill(folder: Path, visitors: int) -> None:
    """Let the visitors come."""
    from demo.month import Month  # noqa: PLC0415 (Rasa: only where somebody talks)

    model = models.in_use()
    assert model, "the training left a model"
    start = time.monotonic()
    print(f"{visitors} visitors of a month talk to the assistant (two or three minutes) …", flush=True)
    said = Month(visitors).run(model)
    (folder / FILLED).touch()
    print(f"\n{said} messages were answered in {time.monotonic() - start:.0f} s.", flush=True)


if __name__ == "__main__":
    sys.exit(main())
