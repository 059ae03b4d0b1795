"""What the measurements read off the machine: sizes on the disk, memory, and the machine itself."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
from contextlib import suppress
from pathlib import Path

from clinic.settings.environment import PROJECT


def disk_usage(path: Path) -> int:
    """Return the bytes that a file or folder takes on the disk, compiled Python left out (as `du` counts)."""
    if path.is_symlink() or not path.is_dir():
        return path.lstat().st_blocks * 512
    return path.lstat().st_blocks * 512 + sum(
        disk_usage(child) for child in path.iterdir() if child.name != "__pycache__"
    )


def test_packages() -> set[Path]:
    """Return the files of the packages that only the tests need."""
    needed, tests = (
        set(re.findall(r"^([\w.-]+)==", (PROJECT / name).read_text(encoding="utf-8"), re.MULTILINE))
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    files = set()
    for name in tests - needed:
        with suppress(importlib.metadata.PackageNotFoundError):
            files |= {Path(str(f.locate())) for f in importlib.metadata.distribution(name).files or []}
    return {path for path in files if path.is_file() and "__pycache__" not in path.parts}


def memory(pid: int) -> tuple[float, float]:
    """Return a process's resident memory and its highest so far, in MB (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    kilobytes = {line.split()[0]: int(line.split()[1]) for line in status.splitlines() if " kB" in line}
    return kilobytes["VmRSS:"] / 1024, kilobytes["VmHWM:"] / 1024


def machine() -> str:
    """Describe this machine: cores, processor and memory."""
    processor = platform.processor() or platform.machine()
    with suppress(OSError):
        known = Path("/proc/cpuinfo").read_text(encoding="utf-8")
        processor = next(iter(re.findall(r"^model name\s*: (.+)$", known, re.MULTILINE)), processor)
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores of {processor}, {gigabytes:.0f} GB of memory"
