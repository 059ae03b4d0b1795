"""Measures this widget and others in one run, and writes the table into evaluation/results.md.

Needs npm, chromium and the packages of the tests. About fifteen minutes.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from playwright.sync_api import Browser, sync_playwright

from clinic.settings.environment import PROJECT
from evaluation.machine import machine
from evaluation.widgets.contestants import CONTESTANTS, Contestant, install
from evaluation.widgets.measure import Measured, measure
from evaluation.widgets.outage import MESSAGES, Survived, survive
from tests.assistant import Assistant, free_port

RESULTS = PROJECT / "evaluation" / "results.md"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


class Backend:
    """The process that serves the pages, and the other widgets' messages."""

    def __init__(self, number: int, folder: Path, origin: str | None) -> None:
        self.port, self.notes = free_port(), folder / f"notes-{number}"
        self.address = f"http://127.0.0.1:{self.port}"
        self._command = [sys.executable, "-m", "evaluation.widgets.backend", str(self.port), str(number)]
        self._command += [origin or self.address, str(self.notes)]
        self.start()

    def start(self) -> None:
        """Start, and return when it answers."""
        self._process = subprocess.Popen(self._command, cwd=PROJECT)
        while True:
            try:
                urllib.request.urlopen(f"{self.address}/favicon.ico", timeout=5).close()
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
            else:
                return

    def kill(self) -> None:
        """End it without a chance to tidy up."""
        self._process.kill()
        self._process.wait()

    def received(self) -> list[str]:
        """Return the messages it was given."""
        return self.notes.read_text(encoding="utf-8").splitlines() if self.notes.exists() else []


def main() -> None:
    """Measure all and write the table."""
    install()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        rows = []
        for number, one in enumerate(CONTESTANTS):
            print(f"{one.name} …", flush=True)
            found = (
                _own(browser, one, Path(folder))
                if one.package is None
                else _other(browser, one, number, Path(folder))
            )
            print(found, flush=True)
            rows.append(_row(one, *found))
        browser.close()
    _write(rows)


def _other(browser: Browser, one: Contestant, number: int, folder: Path) -> tuple[Measured, Survived]:
    backend = Backend(number, folder, None)
    try:
        measured = measure(browser, one, backend.address)

        def answer(text: str, screen: str) -> bool:
            return f"Reply to {text}" in screen

        address = f"{backend.address}/page"
        return measured, survive(browser, one, address, backend.kill, backend.start, backend.received, answer)
    finally:
        backend.kill()


def _own(browser: Browser, one: Contestant, folder: Path) -> tuple[Measured, Survived]:
    """Measure this widget with the real assistant; the pages come from another origin."""
    (folder / "own").mkdir()
    assistant = Assistant(folder / "own").wait()
    backend = Backend(0, folder, assistant.address)

    def start() -> None:
        assistant.start()
        assistant.wait()

    def stored() -> list[tuple[str, str]]:
        engine = sa.create_engine(f"sqlite:///{folder / 'own' / 'clinic.db'}", future=True)
        query = "select type_name, data from events where type_name in ('user', 'bot') order by id"
        with engine.connect() as connection:
            rows = connection.execute(sa.text(query)).all()
        return [(row.type_name, json.loads(row.data)["text"] or "") for row in rows]

    def received() -> list[str]:
        return [text for kind, text in stored() if kind == "user"]

    def answer(text: str, screen: str) -> bool:
        """Look for the bot's next words behind the message on the screen."""
        said = stored()
        at = said.index(("user", text)) if ("user", text) in said else len(said)
        replies = [words for kind, words in said[at + 1 : at + 2] if kind == "bot"]
        return bool(replies) and _letters(replies[0]) in _letters(screen.partition(text)[2])

    try:
        measured = measure(browser, one, backend.address)
        return measured, survive(
            browser, one, f"{backend.address}/page", assistant.kill, start, received, answer
        )
    finally:
        backend.kill()
        assistant.stop()


def _letters(text: str) -> str:
    return re.sub(r"\W", "", text)


def _row(one: Contestant, measured: Measured, survived: Survived) -> str:
    changed, elements = measured.restyled
    policy = f"{measured.violations}" + ("" if measured.comes_up else ", does not come up")
    cells = [
        one.name,
        f"{measured.bytes / 1024:.1f} KB",
        policy,
        f"{changed} of {elements}",
        str(len(measured.barriers)),
        "yes" if measured.announced else "no",
        f"{MESSAGES - survived.arrived} of {MESSAGES}",
        f"{survived.doubled}",
        f"{MESSAGES - survived.answered} of {MESSAGES}",
    ]
    return f"| {' | '.join(cells)} |"


def _write(rows: list[str]) -> None:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    heads = (
        "| | gzipped | CSP violations | restyled by hostile CSS | axe | live region "
        "| messages lost | doubled | answers missing |"
    )
    origin = f"{datetime.now(UTC):%Y-%m-%d}, {machine()}, commit {commit.stdout.strip()}"
    command = "`python -m evaluation.widgets` measures all of it and replaces this table."
    lines = [heads, "|---|---:|---:|---:|---:|---|---:|---:|---:|", *rows, "", f"{origin}; {command}"]
    table = "\n".join(["<!-- widgets: begin -->", *lines, "<!-- widgets: end -->"])
    text = RESULTS.read_text(encoding="utf-8")
    pattern = re.compile(r"<!-- widgets: begin -->.*<!-- widgets: end -->", re.DOTALL)
    RESULTS.write_text(pattern.sub(lambda _: table, text), encoding="utf-8")
    print(table)


if __name__ == "__main__":
    main()
