"""A small process for the supervisor's tests: notes what happens to it, and behaves as it is told to.

small_process.py NAME NOTES [stubborn|broken|quick]
"""

import os
import signal
import sys
import time
from pathlib import Path

from clinic.serving.notify import ALIVE, READY, tell

name, notes, behaviour = sys.argv[1], Path(sys.argv[2]), (sys.argv[3:] or ["gentle"])[0]


def note(what):
    with notes.open("a") as file:
        file.write(f"{name} {what} {os.getpid()}\n")


def end(*_):
    time.sleep(0.3)  # an answer under way
    note("ends")
    sys.exit(0)


signal.signal(signal.SIGTERM, signal.SIG_IGN if behaviour == "stubborn" else end)
note("starts")
if behaviour == "broken":
    sys.exit("no model")
time.sleep(0.2)
note("ready")
tell(READY)
print("x" * 3_000_000 if behaviour == "noisy" else "hello", flush=True)
while True:
    time.sleep(0.05)
    if behaviour != "silent":
        tell(ALIVE)
