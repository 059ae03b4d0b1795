"""The demonstration: a few visitors of a month, at the real assistant, in a database of their own."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from clinic.settings.environment import PROJECT
from tests.assistant import trust_models

VISITORS = 20


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """The data folder after `python -m demo fill 20`; beside it stands a real database."""
    folder = tmp_path_factory.mktemp("demo")
    trust_models(folder)
    (folder / "clinic.db").write_bytes(b"the real one")
    models = folder / "models"
    shutil.copytree(PROJECT / "models", models)
    variables = os.environ | {
        "CLINIC_DATA": str(folder),
        "CLINIC_MODELS": str(models),
        "MAIL_HOST": "mail.example",
    }
    variables |= {"DATABASE_URL": f"sqlite:///{folder / 'clinic.db'}"}
    before = fingerprints(folder)
    command = [sys.executable, "-W", "ignore", "-m", "demo", "fill", str(VISITORS)]
    done = subprocess.run(command, cwd=PROJECT, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert before.items() <= fingerprints(folder).items()
    return folder / "demo", done.stdout


def fingerprints(folder) -> dict[str, str]:
    """Return what stands in the data folder outside of the demonstration's own."""
    files = [path for path in folder.rglob("*") if path.is_file() and folder / "demo" not in path.parents]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def rows(filled, query: str) -> list[tuple]:
    with closing(sqlite3.connect(filled[0] / "clinic.db")) as connection:
        return connection.execute(query).fetchall()


def test_every_visitor_has_a_conversation_of_the_month(filled):
    assert (filled[0] / "filled").exists()
    assert f"{VISITORS} of {VISITORS} have left" in filled[1]
    found = rows(filled, "SELECT id, channel, last_at FROM conversations")
    assert len(found) == VISITORS
    assert len({channel for _, channel, _ in found}) > 1
    moments = [datetime.fromisoformat(at).replace(tzinfo=UTC) for _, _, at in found]
    now = datetime.now(UTC)
    assert now - timedelta(days=31) < min(moments) < max(moments) < now
    assert len({at.date() for at in moments}) > VISITORS / 3


def test_the_assistants_own_understanding_answers(filled):
    parsed = [
        json.loads(data) for (data,) in rows(filled, "SELECT data FROM events WHERE type_name = 'user'")
    ]
    confidences = {one["parse_data"]["intent"]["confidence"] for one in parsed}
    assert len(confidences) > VISITORS / 2
    assert rows(filled, "SELECT id FROM conversations WHERE outcome = 'answered'")
    said = rows(filled, "SELECT data FROM events WHERE type_name = 'bot'")
    assert len(said) >= len(parsed)
    assert not any("utter_system_trouble" in data for (data,) in said)


def test_appointments_are_made_when_the_visitors_came(filled):
    found = rows(filled, "SELECT created_at, starts_at, status FROM appointments")
    assert rows(filled, "SELECT id FROM conversations WHERE booked AND booking_steps = 7")
    assert all(made < starts for made, starts, _ in found)
    assert not [
        one for one in found if one[1] < f"{datetime.now(UTC) - timedelta(hours=2)}" and one[2] == "confirmed"
    ]
    assert rows(filled, "SELECT reason FROM blocked_times WHERE reason = 'Team meeting'")
