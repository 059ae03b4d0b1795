"""Without its database an assistant stays alive and says what is missing."""

import json
import subprocess
import time

from tests.assistant import Assistant
from tests.conftest import new_database
from tests.postgres import running_postgres


def ready(assistant):
    status, body = assistant.call("GET", "/health/ready")
    return status, json.loads(body)["parts"]


def test_while_the_database_is_away_it_is_alive_and_not_ready_and_afterwards_ready_again(tmp_path):
    with running_postgres() as server:
        assistant = Assistant(tmp_path, DATABASE_URL=new_database(server)).wait()
        try:
            assert ready(assistant) == (200, {"model": True, "database": True, "actions": True})
            pid = postmaster(server)
            subprocess.run(["kill", "-STOP", *pid], check=True)
            try:
                assert ready(assistant) == (503, {"model": True, "database": False, "actions": True})
                start = time.monotonic()
                assert assistant.call("GET", "/health/live")[0] == 200
                assert time.monotonic() - start < 5
            finally:
                subprocess.run(["kill", "-CONT", *pid], check=True)
            deadline = time.monotonic() + 30
            while ready(assistant)[0] != 200:
                assert time.monotonic() < deadline
        finally:
            assistant.stop()


def postmaster(server):
    """Return the pids of a PostgreSQL server: the one that listens and all that it has started."""
    port = server.rpartition(":")[2]
    first = subprocess.check_output(["pgrep", "-f", f"postgres.* -p {port} "], text=True).split()
    return [*first, *subprocess.check_output(["pgrep", "-P", ",".join(first)], text=True).split()]
