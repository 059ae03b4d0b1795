"""Starts the real assistant, as `make run` does, on free ports and with a database of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from evaluation.assistants import free_port

PROJECT = Path(__file__).resolve().parents[1]
NOW = "2026-11-23T10:00:00+00:00"  # a Monday
READY_SECONDS = 150
DATA = Path(os.environ.get("CLINIC_DATA", PROJECT / "var"))  # before a test sets its own


def trust_models(folder: Path) -> None:
    """Give a data folder the key that models/ was signed with, so that nothing is trained anew."""
    key = DATA / "models-secret"
    if key.exists():
        shutil.copy(key, folder)


def descendants(process: int) -> list[int]:
    """Return the processes that a process has started, and theirs: each is in a session of its own."""
    parents = dict(_parents())
    found = [process]
    for parent in found:  # it grows
        found += [child for child, of in parents.items() if of == parent]
    return found[1:]


def _parents() -> Iterator[tuple[int, int]]:
    """Yield each process of this machine with its parent, from /proc or, where there is none, from ps."""
    if not Path("/proc/self/stat").exists():
        table = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
        yield from ((int(pid), int(parent)) for pid, parent in map(str.split, table.stdout.splitlines()))
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            yield int(stat.parent.name), int(stat.read_text(encoding="utf-8").rpartition(")")[2].split()[1])


class Assistant:
    """The running processes; ``log`` is what they print."""

    def __init__(self, folder: Path, command: list[str] | None = None, **settings: str) -> None:
        self.folder, self.port, self.actions_port = folder, free_port(), free_port()
        self.console_port = free_port()
        self.log = folder / "log.txt"
        self.address = f"http://127.0.0.1:{self.port}"
        self.console = f"http://127.0.0.1:{self.console_port}"
        self._command = command or [sys.executable, "-m", "clinic.start"]
        self._alone = command is not None  # one process, and not all that make run starts
        variables = {
            "CLINIC_FILE": str(PROJECT / "tests" / "clinic.yml"),
            "CLINIC_DATA": str(folder),
            "CLINIC_NOW": NOW,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "ACTIONS_PORT": str(self.actions_port),
            "CONSOLE_PORT": str(self.console_port),
            "DATABASE_URL": f"sqlite:///{folder / 'clinic.db'}",
            "PYTHONUNBUFFERED": "1",
        }
        self._variables = os.environ | variables | settings
        trust_models(folder)
        self.start()

    def start(self) -> None:
        """Start all processes; ``wait`` returns when they answer."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command,
                cwd=PROJECT,
                env=self._variables,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self) -> "Assistant":
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                console = [] if self._alone else [f"{self.console}/health/ready"]
                for address in (f"{self.address}/chat", *console):
                    urllib.request.urlopen(address, timeout=5).close()
                return self  # noqa: TRY300 (what is tried is asking)
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        self.stop()
        raise AssertionError(f"the assistant did not start:\n{self.log.read_text(errors='replace')[-4000:]}")

    def uses(self, model: str) -> None:
        """Wait until the assistant's process has taken up a model."""
        deadline = time.monotonic() + READY_SECONDS
        while json.loads(self.call("GET", "/health/ready")[1])["model"] != model:
            assert time.monotonic() < deadline, f"{model} was not taken up"
            time.sleep(0.2)

    def kill(self) -> None:
        """End all processes at once, without a chance to tidy up; power that fails does no less."""
        for process in [self.process.pid, *descendants(self.process.pid)]:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.process.wait(30)

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise

    def call(
        self, method: str, path: str, content: object = None, token: str | None = None
    ) -> tuple[int, str]:
        """Return (status, body) of a request; ``content`` is sent as JSON, bytes as they are."""
        body = content if isinstance(content, bytes | None) else json.dumps(content).encode()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        request = urllib.request.Request(f"{self.address}{path}", body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def headers(self, method: str, path: str) -> dict[str, str]:
        """Return the headers that a browser on another origin is answered with."""
        asked = {"Origin": "https://clinic.example", "Access-Control-Request-Method": "POST"}
        request = urllib.request.Request(f"{self.address}{path}", headers=asked, method=method)
        with urllib.request.urlopen(request, timeout=30) as response:
            return dict(response.headers)

    def say(self, text: str, sender: str) -> list[dict]:
        """Return the replies of the rest channel."""
        status, body = self.call("POST", "/webhooks/rest/webhook", {"sender": sender, "message": text})
        assert status == 200, body
        return json.loads(body)

    def talk(self, *texts: str) -> list[str]:
        """Hold a conversation and return the words of the last reply, a list of texts."""
        sender = uuid.uuid4().hex
        replies: list[dict] = []
        for text in texts:
            replies = self.say(text, sender)
        return [reply["text"] for reply in replies if "text" in reply]

    def session(self) -> str:
        return json.loads(self.call("POST", "/chat/session", {})[1])["token"]

    def send(self, token: str, text: str, message_id: str | None = None) -> tuple[int, str]:
        content = {"id": message_id or str(uuid.uuid4()), "text": text}
        return self.call("POST", "/chat/messages", content, token)

    def events(
        self, token: str, after: int = 0, until: str = "history-end", seconds: float = 20
    ) -> list[dict]:
        """Return the stream's events, each with its name, up to the first one named ``until``."""
        headers = {"Authorization": f"Bearer {token}", "Last-Event-ID": str(after)}
        request = urllib.request.Request(f"{self.address}/chat/events", headers=headers)
        found, name = [], ""
        with urllib.request.urlopen(request, timeout=seconds) as stream:
            for raw in stream:
                line = raw.decode().rstrip("\n")
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    found.append({"event": name, **json.loads(line.removeprefix("data: "))})
                    if name == until:
                        return found
        return found

    def answered(self, token: str, text: str, seconds: float = 20) -> list[dict]:
        """Send a message and return all that was said once it has been answered."""
        assert self.send(token, text)[0] == 202
        return self.once_answered(token, text, seconds)

    def once_answered(self, token: str, text: str, seconds: float) -> list[dict]:
        """Wait for the answer to a message that was sent; return all that was said."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            said = [e for e in self.events(token) if e["event"] == "message"]
            last_words = [e["text"].strip() for e in said if e["from"] == "visitor"][-1:]
            if last_words == [text] and said[-1]["from"] == "bot":
                return said
            time.sleep(0.1)
        raise AssertionError("no answer")
