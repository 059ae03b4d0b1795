"""Writes docs/channels/transcripts.md: a booking made, moved and reminded of on each channel.

    python -m evaluation.transcripts

The real assistant with the tests' clinic and clock, over the simulated platforms.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from clinic.booking.notify.chat import tell_due
from clinic.booking.visits import visit
from clinic.settings import read_clinic_file
from clinic.settings.environment import PROJECT
from tests.channels.messaging.running import Clinic
from tests.channels.messaging.talks import Talk

PAGE = PROJECT / "docs" / "channels" / "transcripts.md"
TITLES = {"telegram": "Telegram", "messenger": "Messenger", "whatsapp": "WhatsApp", "twilio": "SMS (Twilio)"}
DAYS = ("Monday 30 November", "Friday 4 December", "Monday 7 December", "Tuesday 8 December")
HEAD = """\
# A booking on each channel

Written by `python -m evaluation.transcripts`: the real assistant with the clinic of the tests, over the
simulated platforms. Buttons and links stand in brackets. The reminder comes a day before the appointment.
"""
JOINED = """## On another channel

The appointment was booked on Telegram; its client now writes on WhatsApp.

"""
REMINDER = timedelta(hours=23)
PUBLIC = "https://chat.clinic.example"


def main() -> int:
    """Hold the conversations and write the page."""
    parts = [HEAD]
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"PUBLIC_URL": PUBLIC, "CLINIC_DATA": folder}  # here as in the assistant: links
        running = Clinic(Path(folder), PUBLIC_URL=PUBLIC)
        for driver in running.drivers.values():
            os.environ |= driver.sim.settings()
        try:
            running.wait()
            for (name, driver), day in zip(running.drivers.items(), DAYS, strict=True):
                lines = "\n>\n".join(f"> {line}" for line in talked(Talk(driver), running, day))
                parts.append(f"## {TITLES[name]}\n\n{lines}\n")
            parts.append(JOINED + "\n>\n".join(f"> {line}" for line in joined(running)) + "\n")
        finally:
            running.stop()
    PAGE.write_text("\n".join(parts), encoding="utf-8")
    return 0


def talked(talk: Talk, running: Clinic, day: str) -> list[str]:
    """Book, move and be reminded; return the lines of the talk."""
    talk.says("hello, can I book a facial?")
    talk.says(f"{day} at 11")
    talk.says("Rosa Diaz")
    talk.says("07700 900123")
    told = " ".join(shown.text for shown in talk.presses("Yes, book it"))
    talk.says("can I move my appointment?")
    talk.says(f"{day} at 10")
    talk.presses("Yes, move it")
    made = visit(running.engine, re.findall(r"reference is (\w{3}-\d{3})", told)[0])
    clinic = read_clinic_file(PROJECT / "tests" / "clinic.yml")
    tell_due(running.engine, clinic, made.starts_at - REMINDER)
    talk.hears()
    return shortened(talk.lines)


def joined(running: Clinic) -> list[str]:
    """Book on Telegram, ask for the appointment on WhatsApp and be reminded there; return the lines."""
    first, second = (Talk(running.drivers[name]) for name in ("telegram", "whatsapp"))
    for text in ("book a facial", "Wednesday 9 December at 11", "Rosa Diaz", "07700 900123"):
        first.says(text)
    told = " ".join(shown.text for shown in first.presses("Yes, book it"))
    reference = re.findall(r"reference is (\w{3}-\d{3})", told)[0]
    for text in ("when is my appointment?", reference, "07700 900123"):
        second.says(text)
    second.presses("Yes, send them here")
    known, before = len(first.lines), len(second.lines)
    first.hears()
    made = visit(running.engine, reference)
    tell_due(running.engine, read_clinic_file(PROJECT / "tests" / "clinic.yml"), made.starts_at - REMINDER)
    second.hears()
    notice = [line.replace("**Assistant:**", "**Assistant**, on Telegram:") for line in first.lines[known:]]
    return shortened([*second.lines[:before], *notice, *second.lines[before:]])


def shortened(lines: list[str]) -> list[str]:
    """Return lines for the page, with signed addresses cut short."""
    return [re.sub(r"\beyJ[\w.-]{30,}", "…", line).replace("\n", "\n> ") for line in lines]


if __name__ == "__main__":
    sys.exit(main())
