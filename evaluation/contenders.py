"""The servers that evaluation.load asks: this assistant, stock Rasa, and unpatched Rasa with our model."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from clinic import models
from clinic.secret import ACTIONS
from clinic.settings.environment import PROJECT
from evaluation.assistants import LOOPBACK, QUIET, STOCK, CannotCompare, assistants, end, free_port
from evaluation.fleet import STOP_SECONDS, Fleet, fleet, wait_for
from evaluation.trainings import newest_model

OURS, STOCK_RASA, UNPATCHED = "this assistant", "stock Rasa", "unpatched Rasa with our model"
NAMES = {"ours": OURS, "stock": STOCK_RASA, "unpatched": UNPATCHED}
SQLITE = "tracker_store:\n  type: SQL\n  dialect: sqlite\n  db: ${STOCK_DATABASE}"  # plain: Rasa fills it in
# Rasa's own parts; only the words' placeholders are ours, which Rasa's own generator does not know.
UNPATCHED_ENDPOINTS = """
nlg: {type: clinic.conversation.responses.ClinicResponses}
action_endpoint:
  url: http://127.0.0.1:${ACTIONS_PORT}/webhook
  headers:
    Authorization: Bearer ${ACTIONS_SECRET}
"""


@contextmanager
def serving(
    which: str, folder: Path, database_url: str, workers: int, epochs: int | None
) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Start a contender and yield its processes by their addresses; end it whatever happens.

    Args:
        which: A key of NAMES.
        folder: For its data and logs.
        database_url: What this assistant uses; the others keep conversations in a SQLite file.
        workers: How many processes of this assistant; of the others there is one.
        epochs: Of the training of stock Rasa whose model is used; speed does not depend on it.

    Raises:
        CannotCompare: stock Rasa is not installed or not trained.

    """
    if which == "ours":
        with fleet(folder, database_url, workers) as started:
            yield {f"http://{LOOPBACK}:{port}": process for port, process in started.assistants.items()}
    elif which == "unpatched":
        with unpatched(folder, database_url) as running:
            yield running
    else:
        with _started(_stock(folder, epochs), STOCK, folder, free_port()) as running:
            yield running


@contextmanager
def unpatched(
    folder: Path, database_url: str, tracker_store: str = SQLITE, count: int = 1, *, actions: bool = True
) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Start Rasa without patches, so many processes, with our action server unless told not to."""
    started = Fleet(folder, database_url)
    try:
        started.migrate()
        if actions:
            started.start_actions()
        with ExitStack() as stack:
            running: dict[str, subprocess.Popen[bytes]] = {}
            for _ in range(count):
                command = _unpatched(folder, tracker_store)
                running |= stack.enter_context(_started(command, PROJECT, folder, started.actions_port))
            yield running
    finally:
        started.stop()


def _stock(folder: Path, epochs: int | None) -> list[str]:
    stock = assistants(folder, epochs)[1]
    if not stock.python.exists():
        raise CannotCompare("stock Rasa is not installed; run `make stock` first")
    return [str(stock.python), "-m", "rasa", *_run(newest_model(stock), STOCK / "endpoints.yml")]


def _unpatched(folder: Path, tracker_store: str) -> list[str]:
    endpoints, model = folder / "endpoints.yml", models.in_use()
    if model is None:
        raise CannotCompare("there is no model; run `make train` first")
    endpoints.write_text(tracker_store + UNPATCHED_ENDPOINTS, encoding="utf-8")
    return [sys.executable, "-m", "evaluation.unpatched", *_run(model, endpoints)]


def _run(model: Path, endpoints: Path) -> list[str]:
    where = ["run", "--interface", LOOPBACK, "--model", str(model), "--endpoints", str(endpoints)]
    return [*where, "--credentials", str(STOCK / "credentials.yml")]


@contextmanager
def _started(
    command: list[str], cwd: Path, folder: Path, actions_port: int
) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    port, key = free_port(), folder / ACTIONS
    log = folder / f"contender-{port}.log"
    variables = {
        "STOCK_DATABASE": str(folder / "stock.db"),
        "ACTIONS_PORT": str(actions_port),
        "ACTIONS_SECRET": key.read_text(encoding="ascii").strip() if key.exists() else "none",
        "CLINIC_DATA": str(folder),
        "CLINIC_FILE": str(PROJECT / "tests" / "clinic.yml"),
    }
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--port", str(port)],
            cwd=cwd,
            env=inherited | QUIET | variables,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(process, f"http://{LOOPBACK}:{port}/", log)
        time.sleep(1)  # its first requests are no part of a measurement
        yield {f"http://{LOOPBACK}:{port}": process}
    finally:
        end(process, STOP_SECONDS)
