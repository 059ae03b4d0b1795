"""Rasa's own test of whole conversations: `rasa test core --e2e --stories tests/conversations`."""

import os
import re
import subprocess
import sys

from tests.assistant import PROJECT

LEAST = 60  # stories


def test_every_story_goes_as_written(tmp_path):
    command = ["test", "core", "--e2e", "--stories", "tests/conversations", "--fail-on-prediction-errors"]
    result = subprocess.run(
        [sys.executable, "-m", "rasa", *command, "--out", str(tmp_path)],
        cwd=PROJECT,
        env=os.environ | {"ACTIONS_PORT": "5055", "TQDM_DISABLE": "1", "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    failed = tmp_path / "failed_test_stories.yml"
    assert result.returncode == 0, failed.read_text() if failed.exists() else result.stderr[-2000:]
    correct, stories = map(
        int, re.search(r"Correct:\s+(\d+) / (\d+)", result.stderr + result.stdout).groups()
    )
    assert correct == stories >= LEAST
