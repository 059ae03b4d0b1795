"""A real CalDAV server, Radicale, as a process on this machine."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import requests

from tests.assistant import free_port

LOGIN = ("clinic", "a secret: with & odd characters")
MAKE = """<?xml version="1.0"?><mkcol xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><set><prop>
<resourcetype><collection/><C:calendar/></resourcetype></prop></set></mkcol>"""


class Radicale:
    """The server; it can be stopped and started again, and keeps what it holds."""

    def __init__(self, folder: Path) -> None:
        self.port, self.folder = free_port(), folder
        self.address = f"http://127.0.0.1:{self.port}"
        users = folder / "users"
        users.write_text(f"{LOGIN[0]}:{LOGIN[1]}\n", encoding="utf-8")
        self.process: subprocess.Popen[bytes] | None = None
        self._command = [sys.executable, "-m", "radicale", "--config", "", "--server-hosts"]
        self._command += [f"127.0.0.1:{self.port}", "--storage-filesystem-folder", str(folder / "store")]
        self._command += ["--auth-type", "htpasswd", "--auth-htpasswd-filename", str(users)]
        self._command += ["--auth-htpasswd-encryption", "plain", "--auth-delay", "0"]

    def start(self) -> Radicale:
        with (self.folder / "radicale.txt").open("ab") as log:
            self.process = subprocess.Popen(self._command, stdout=log, stderr=log)
        for _ in range(300):
            try:
                requests.get(self.address, timeout=5)
            except requests.ConnectionError:
                time.sleep(0.1)
            else:
                return self
        raise AssertionError((self.folder / "radicale.txt").read_text(encoding="utf-8"))

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    def calendar(self, name: str) -> str:
        """Make an empty calendar and return its address."""
        address = f"{self.address}/{LOGIN[0]}/{name}/"
        requests.request("MKCOL", address, data=MAKE, auth=LOGIN, timeout=10).raise_for_status()
        return address

    def put(self, calendar: str, name: str, *lines: str) -> None:
        """Enter an event as a person's calendar program would."""
        event = ["BEGIN:VEVENT", f"UID:{name}", "DTSTAMP:20261101T000000Z", *lines, "END:VEVENT"]
        text = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//somebody//else//EN", *event, "END:VCALENDAR", ""]
        content = "\r\n".join(text).encode()
        headers = {"Content-Type": "text/calendar; charset=utf-8"}
        requests.put(
            f"{calendar}{name}.ics", data=content, headers=headers, auth=LOGIN, timeout=10
        ).raise_for_status()

    def delete(self, calendar: str, name: str) -> None:
        requests.delete(f"{calendar}{name}.ics", auth=LOGIN, timeout=10).raise_for_status()

    def texts(self, calendar: str) -> str:
        """Return everything that the calendar holds."""
        return requests.get(calendar, auth=LOGIN, timeout=10).text
