"""Starts everything: checks what could go wrong, migrates, trains when needed, supervises.

python -m clinic.start         what `make run` calls
python -m clinic.start chat    the same conversation in a terminal
python -m clinic.start train   trains when data or configuration changed
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from honcho.environ import parse_procfile
from honcho.manager import Manager

from clinic.database import migrate
from clinic.settings import ClinicFileError, Environment, clinic, environment
from clinic.settings.environment import PROJECT

MODELS = PROJECT / "models"
TRAINED_FROM = MODELS / "trained-from"
LEARNED = ("config.yml", "domain.yml", "data", "clinic/nlu", "requirements.lock")
SPACE_NEEDED = 300 * 1024 * 1024  # bytes
READY_SECONDS = 120
STOPPED = (None, 0, 130, 143)  # by itself, by Ctrl-C, by a service manager


class CannotStart(Exception):
    """Why nothing was started, in one line for the person at the terminal."""


def main() -> int:
    """Run a command and return its exit code."""
    command = sys.argv[1] if len(sys.argv) > 1 else "run"
    try:
        settings = environment()
        if command == "train":
            train_if_changed()
            return 0
        check(settings, chatting=command == "chat")
        migrate()
        train_if_changed()
        return chat(settings) if command == "chat" else run(settings)
    except (CannotStart, ClinicFileError, ValueError) as error:
        print(f"Cannot start: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def check(settings: Environment, *, chatting: bool) -> None:
    """Look for what would fail later.

    Raises:
        CannotStart: a port is taken, the disk is full, or e-mails would have no sender.
        ClinicFileError: clinic.yml holds a mistake.

    """
    email = clinic().contact.email
    if settings.mail and not (settings.mail.sender or email):
        raise CannotStart("e-mails need a sender: set MAIL_FROM, or contact's email in clinic.yml")
    ports = {"ACTIONS_PORT": ("127.0.0.1", settings.actions_port)}
    if not chatting:
        ports["PORT"] = (settings.host, settings.port)
    for name, address in ports.items():
        _check_free(name, address)
    for folder in (settings.data_folder, MODELS):
        _check_space(folder)


def _check_free(name: str, address: tuple[str, int]) -> None:
    with socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            advice = f"stop what uses it, or choose another with {name}={address[1] + 10} make run"
            raise CannotStart(
                f"port {address[1]} on {address[0]} is not free ({error.strerror}); {advice}"
            ) from None


def _check_space(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise CannotStart(f"{folder} cannot be used ({error.strerror})") from None
    if free < SPACE_NEEDED:
        raise CannotStart(
            f"the disk of {folder} has {free // 2**20} MB left, {SPACE_NEEDED // 2**20} are needed"
        )


def train_if_changed() -> None:
    """Train when something that the model learns from has changed since the last training.

    Raises:
        CannotStart: the training failed.

    """
    fingerprint = _fingerprint()
    if TRAINED_FROM.is_file() and list(MODELS.glob("*.tar.gz")):
        name, _, known = TRAINED_FROM.read_text(encoding="ascii").strip().partition(" ")
        if known == fingerprint and (MODELS / name).is_file():
            return
    print("Training the assistant (less than a minute) …", flush=True)
    start = time.monotonic()
    name = f"{time.strftime('%Y%m%d-%H%M%S')}.tar.gz"
    code = subprocess.call(
        [sys.executable, "-m", "rasa", "train", "--force", "--skip-validation", "--fixed-model-name", name],
        cwd=PROJECT,
        env=child_environment(environment()) | {"TQDM_DISABLE": "1", "RASA_MAX_CACHE_SIZE": "0"},
    )
    if code:
        raise CannotStart("the training failed; the lines above say why")
    for old in MODELS.glob("*.tar.gz"):
        if old.name != name:
            old.unlink()
    TRAINED_FROM.write_text(f"{name} {fingerprint}\n", encoding="ascii")
    print(f"Trained in {time.monotonic() - start:.0f} s.", flush=True)


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for name in LEARNED:
        path = PROJECT / name
        files = sorted(p for p in path.rglob("*") if p.suffix in {".py", ".yml"}) if path.is_dir() else [path]
        for file in files:
            digest.update(str(file.relative_to(PROJECT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def run(settings: Environment) -> int:
    """Start every process of the Procfile and wait; Ctrl-C ends them all."""
    manager = Manager()
    commands = parse_procfile((PROJECT / "Procfile").read_text(encoding="utf-8"))
    for name, command in commands.processes.items():
        # exec: a signal reaches the process itself, not a shell in front of it
        manager.add_process(name, f"exec {command}", env=child_environment(settings), cwd=str(PROJECT))
    threading.Thread(target=announce, args=(settings,), daemon=True).start()
    manager.loop()
    return 0 if manager.returncode in STOPPED else int(manager.returncode)


def chat(settings: Environment) -> int:
    """Start the action server and Rasa's shell in this terminal."""
    variables = child_environment(settings)
    for name in (signal.SIGTERM, signal.SIGHUP):  # a closed terminal ends the action server too
        signal.signal(name, lambda *_: sys.exit(0))
    actions = subprocess.Popen(
        [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(settings.actions_port)],
        cwd=PROJECT,
        env=variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"http://127.0.0.1:{settings.actions_port}/health")
        return subprocess.call([sys.executable, "-m", "rasa", "shell"], cwd=PROJECT, env=variables)
    finally:
        actions.terminate()
        actions.wait(10)


def announce(settings: Environment) -> None:
    """Print the addresses once the assistant answers."""
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104
    if _wait_for(f"http://{host}:{settings.port}/chat/health"):
        print(
            f"\n  The assistant is ready:  http://{host}:{settings.port}/\n  Ctrl-C stops it.\n", flush=True
        )


def _wait_for(url: str) -> bool:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 (a fixed address of this machine)
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False


def child_environment(settings: Environment) -> dict[str, str]:
    """Return the environment of the processes: the settings spelt out, quiet and unbuffered."""
    return os.environ | {
        "HOST": settings.host,
        "PORT": str(settings.port),
        "ACTIONS_PORT": str(settings.actions_port),
        "SANIC_HOST": "127.0.0.1",  # the action server's address
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
        "PYTHONOPTIMIZE": "2",  # docstrings of all those libraries are 10 MB
        # One request is one small matrix product: more threads and arenas only hold memory.
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "1",
        "MALLOC_MMAP_THRESHOLD_": "131072",
        "MALLOC_TRIM_THRESHOLD_": "131072",
    }


if __name__ == "__main__":
    sys.exit(main())
