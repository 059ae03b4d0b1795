"""The servers that evaluation.load asks: this assistant, stock Rasa, and unpatched Rasa with our model."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clinic.secret import ACTIONS
from clinic.settings.environment import PROJECT
from clinic.start.training import model_in_use
from evaluation.assistants import (
    LOOPBACK,
    QUIET,
    STOCK,
    CannotCompare,
    assistants,
    free_port,
    newest_model,
)
from evaluation.fleet import STOP_SECONDS, Fleet, fleet, wait_for

OURS, STOCK_RASA, UNPATCHED = "this assistant", "stock Rasa", "Rasa unpatched, same understanding"
NAMES = {"ours": OURS, "stock": STOCK_RASA, "unpatched": UNPATCHED}
# Rasa's own parts; only the words' placeholders are ours, which Rasa's own generator does not know.
UNPATCHED_ENDPOINTS = """
tracker_store: {type: SQL, dialect: sqlite, db: "${STOCK_DATABASE}"}
nlg: {type: clinic.conversation.responses.ClinicResponses}
action_endpoint:
  url: http://127.0.0.1:${ACTIONS_PORT}/webhook
  headers: {Authorization: "Bearer ${ACTIONS_SECRET}"}
"""


@contextmanager
def serving(
    which: str, folder: Path, database_url: str, workers: int, epochs: int | None
) -> Iterator[list[str]]:
    """Start a contender and yield the addresses of its processes; end it whatever happens.

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
            yield [f"http://{LOOPBACK}:{port}" for port in started.assistants]
    elif which == "unpatched":
        started = Fleet(folder, database_url)
        try:
            started.migrate()
            started.start_actions()
            with _started(_unpatched(folder), PROJECT, folder, started.actions_port) as address:
                yield [address]
        finally:
            started.stop()
    else:
        with _started(_stock(folder, epochs), STOCK, folder, free_port()) as address:
            yield [address]


def _stock(folder: Path, epochs: int | None) -> list[str]:
    stock = assistants(folder, epochs)[1]
    if not stock.python.exists():
        raise CannotCompare("stock Rasa is not installed; run `make stock` first")
    return [str(stock.python), "-m", "rasa", *_run(newest_model(stock), STOCK / "endpoints.yml")]


def _unpatched(folder: Path) -> list[str]:
    endpoints, model = folder / "endpoints.yml", model_in_use()
    if model is None:
        raise CannotCompare("there is no model; run `make train` first")
    endpoints.write_text(UNPATCHED_ENDPOINTS, encoding="utf-8")
    return [sys.executable, "-m", "evaluation.unpatched", *_run(model, endpoints)]


def _run(model: Path, endpoints: Path) -> list[str]:
    where = ["run", "--interface", LOOPBACK, "--model", str(model), "--endpoints", str(endpoints)]
    return [*where, "--credentials", str(STOCK / "credentials.yml")]


@contextmanager
def _started(command: list[str], cwd: Path, folder: Path, actions_port: int) -> Iterator[str]:
    port, log, key = free_port(), folder / "contender.log", folder / ACTIONS
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
        yield f"http://{LOOPBACK}:{port}"
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_SECONDS)
