"""make channel-sim NAME=telegram: chat in this terminal over a simulated platform, without an account.

It starts the assistant with a scratch database and the simulator's settings. Then write as a client
would; a number in brackets presses that button: [2]. An empty line waits; Ctrl-D or Ctrl-C ends.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from clinic.channels.simulator.base import NotTaken, Shown, Simulator
from clinic.channels.simulator.messenger import MessengerSimulator
from clinic.channels.simulator.telegram import TelegramSimulator
from clinic.channels.simulator.twilio import TwilioSimulator
from clinic.channels.simulator.whatsapp import WhatsAppSimulator
from clinic.secret import MODELS, TELEGRAM
from clinic.settings import environment
from clinic.settings.environment import PROJECT

SIMULATORS: dict[str, type[Simulator]] = {
    each.name: each for each in (TelegramSimulator, MessengerSimulator, WhatsAppSimulator, TwilioSimulator)
}
PEOPLE = {"telegram": "700900123", "messenger": "7009001234567", "whatsapp": "447700900123"}
PHONE = "+447700900123"
READY_SECONDS, QUIET_SECONDS = 180, 1.2


def main(arguments: list[str] | None = None) -> int:
    """Start everything, let somebody chat, end everything."""
    parser = argparse.ArgumentParser(prog="make channel-sim NAME=…", description=__doc__)
    parser.add_argument("name", choices=SIMULATORS)
    name = parser.parse_args(arguments).name
    port, actions_port = _free_port(), _free_port()
    with tempfile.TemporaryDirectory(prefix="clinic-sim-") as folder:
        sim = SIMULATORS[name](f"http://127.0.0.1:{port}")
        process = _start(Path(folder), sim, port, actions_port)
        try:
            if not _is_ready(process, sim.assistant):
                print(Path(folder, "log.txt").read_text(errors="replace")[-3000:], file=sys.stderr)
                return 1
            if isinstance(sim, TelegramSimulator):
                sim.secret = Path(folder, TELEGRAM).read_text(encoding="ascii").strip()
            chat(sim, PEOPLE.get(name, PHONE))
            return 0
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)
            sim.close()


def chat(sim: Simulator, person: str) -> None:
    """Pass lines on to the platform and print what the person is shown."""
    print(f"You write on a simulated {sim.name}. [1] presses a button, Ctrl-D ends.\n")
    seen = 0
    while True:
        try:
            line = input("> ").strip()
            _say(sim, person, line)
        except (EOFError, KeyboardInterrupt):
            print()
            return
        except NotTaken:
            print("(the assistant did not take that)")
        seen = _print_new(sim, person, seen)


def _say(sim: Simulator, person: str, line: str) -> None:
    """Write a line, or press the button that it names."""
    if not line:
        return
    buttons = next((shown for shown in reversed(sim.read(person)) if shown.buttons), None)
    number = line[1:-1] if line.startswith("[") and line.endswith("]") else ""
    if buttons and number.isdecimal() and 0 < int(number) <= len(buttons.buttons):
        sim.presses(buttons, buttons.buttons[int(number) - 1][0])
    else:
        sim.says(person, line)


def _print_new(sim: Simulator, person: str, seen: int) -> int:
    """Print what comes until nothing more does; return how much the person has seen."""
    last = time.monotonic()
    while time.monotonic() - last < QUIET_SECONDS:
        for shown in sim.read(person)[seen:]:
            print(_lines(shown))
            seen, last = seen + 1, time.monotonic()
        time.sleep(0.05)
    return seen


def _lines(shown: Shown) -> str:
    """Return what a person is shown, as lines for a terminal."""
    lines = [*shown.text.splitlines()] or ["(a file)"]
    lines += [f"[{number}] {title}" for number, (title, _) in enumerate(shown.buttons, 1)]
    lines += [f"{title} → {url}" for title, url in shown.links]
    if shown.file:
        lines.append(f"(a calendar file, {len(shown.file)} bytes)")
    return "\n".join(f"    {line}" for line in lines)


def _start(folder: Path, sim: Simulator, port: int, actions_port: int) -> subprocess.Popen[bytes]:
    """Start the assistant with a data folder of its own; the models' key goes with it."""
    key = environment().data_folder / MODELS
    if key.exists():
        (folder / MODELS).write_bytes(key.read_bytes())
    own = {
        "CLINIC_DATA": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'clinic.db'}",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "ACTIONS_PORT": str(actions_port),
        "PUBLIC_URL": sim.assistant,
        "WORKERS": "1",
    }
    print("Starting the assistant …")
    with (folder / "log.txt").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "clinic.start"],
            cwd=PROJECT,
            env=os.environ | own | sim.settings(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _is_ready(process: subprocess.Popen[bytes], address: str) -> bool:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/health/ready", timeout=5):  # noqa: S310 (of this machine)
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
