"""A model is asked in a process of its own, which keeps the questions to itself."""

from __future__ import annotations

import json
import subprocess
import sys

from clinic import models
from clinic.settings.environment import PROJECT


def test_the_topics_are_found_and_no_question_is_logged(tmp_path):
    file = tmp_path / "questions.json"
    file.write_text(json.dumps(["do the needles hurt?", "zebra crossing quill"]), encoding="utf-8")
    command = [sys.executable, "-W", "ignore", "-m", "clinic.learning.ask", str(models.in_use()), str(file)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    found = json.loads(file.read_text(encoding="utf-8"))
    assert found[0] == "faq/pain"
    assert found[1] in {"out_of_scope", "nlu_fallback"}
    assert "zebra" not in done.stdout + done.stderr
