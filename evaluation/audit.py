"""Looks every pinned package up in a database of security advisories; part of `make check`.

    make audit                                       # ask OSV, write down what was audited
    python -m evaluation.audit --database FOLDER     # or a checkout of PyPA's advisory-database
    python -m evaluation.audit --check               # what `make check` calls

An open advisory needs a written reason in evaluation/advisories.yml, or the check fails. So does a
package that nobody could look up. OSV is asked each time; where it cannot be reached, the check says so
aloud and relies on evaluation/audited.txt, the packages and versions of the last audit and its date: a
package or version that is not among them has not been audited, and fails the check.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from packaging.version import Version

from clinic.settings.environment import PROJECT

LOCKS = (PROJECT / "requirements.lock", PROJECT / "requirements-dev.lock")
RECORD = PROJECT / "evaluation" / "audited.txt"
REASONS = PROJECT / "evaluation" / "advisories.yml"
OSV = "https://api.osv.dev/v1/querybatch"
SECONDS = 15
Pins = dict[str, str]  # version by name
Findings = set[tuple[str, str]]  # (package, advisory)


class NoSource(Exception):
    """Why nobody could be asked."""


@dataclass(frozen=True)
class Record:
    """The last audit: its date and source in words, and the pins that were looked up and what was found."""

    what: str
    pins: set[tuple[str, str]]
    findings: Findings


def pinned(locks: tuple[Path, ...] = LOCKS) -> Pins:
    """Return each package of the lock files with its version."""
    lines = "\n".join(path.read_text(encoding="utf-8") for path in locks)
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\\n]+)", lines, re.MULTILINE)
    return {canonical(name): version for name, version in found}


def canonical(name: str) -> str:
    """Return a package's name as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def ask_osv(pins: Pins, address: str = OSV) -> Findings:
    """Ask OSV about all pins at once. Raises NoSource when it cannot be reached."""
    queries = [
        {"package": {"name": name, "ecosystem": "PyPI"}, "version": version} for name, version in pins.items()
    ]
    body = json.dumps({"queries": queries}).encode()
    try:
        with urllib.request.urlopen(address, body, SECONDS) as response:
            results = json.loads(response.read())["results"]
    except (OSError, ValueError, KeyError) as error:
        raise NoSource(f"OSV cannot be reached from here ({type(error).__name__})") from None
    if len(results) != len(pins):
        raise NoSource("OSV did not answer for every package")
    return {
        (name, advisory["id"])
        for name, result in zip(pins, results, strict=True)
        for advisory in result.get("vulns", [])
    }


def look_up(pins: Pins, folder: Path) -> Findings:
    """Look the pins up in a checkout of PyPA's advisory-database.

    Raises:
        NoSource: the folder holds no advisories.

    """
    if not (folder / "vulns").is_dir():
        raise NoSource(f"{folder} is no checkout of PyPA's advisory-database")
    found = set()
    for path in (folder / "vulns").glob("*/*.yaml"):
        name = canonical(path.parent.name)
        if name in pins:
            advisory = yaml.safe_load(path.read_text(encoding="utf-8"))
            if not advisory.get("withdrawn") and affects(advisory, name, pins[name]):
                found.add((name, advisory["id"]))
    return found


def affects(advisory: dict[str, Any], name: str, version: str) -> bool:
    """Say whether an advisory in OSV's format is about a version of a package."""
    for affected in advisory.get("affected", []):
        if canonical(affected["package"]["name"]) == name:
            ranges = [r for r in affected.get("ranges", []) if r["type"] == "ECOSYSTEM"]
            if version in affected.get("versions", []) or any(_within(r["events"], version) for r in ranges):
                return True
    return False


def _within(events: list[dict[str, str]], version: str) -> bool:
    inside, at = False, Version(version)
    for event in events:
        if "introduced" in event and at >= Version(event["introduced"]):
            inside = True
        if "fixed" in event and at >= Version(event["fixed"]):
            inside = False
        if "last_affected" in event and at > Version(event["last_affected"]):
            inside = False
    return inside


def reasons(path: Path = REASONS) -> dict[tuple[str, str], str]:
    """Return why an advisory is accepted, or why a package is used that nobody could look up."""
    content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    accepted = {(canonical(e["package"]), e["advisory"]): e["reason"] for e in content.get("open") or []}
    blind = {(canonical(e["package"]), e["version"]): e["reason"] for e in content.get("unaudited") or []}
    return {key: reason for key, reason in (accepted | blind).items() if reason and reason.strip()}


def read_record(path: Path = RECORD) -> Record:
    """Return the last audit."""
    text = path.read_text(encoding="utf-8") if path.is_file() else "# never"
    pins = set(re.findall(r"^(\S+)==(\S+)", text, re.MULTILINE))
    found = {(name, advisory) for name, advisory in re.findall(r"^(\S+)==\S+ +(\S+)$", text, re.MULTILINE)}
    return Record(text.splitlines()[0].removeprefix("# "), pins, found)


def write_record(what: str, pins: Pins, findings: Findings, path: Path = RECORD) -> None:
    """Write an audit down: a comment, then each package, with its open advisories."""
    lines = [f"# {what}"]
    for name, version in sorted(pins.items()):
        open_ones = sorted(advisory for package, advisory in findings if package == name)
        lines += [f"{name}=={version} {advisory}" for advisory in open_ones] or [f"{name}=={version}"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def check(
    ask: Callable[[Pins], Findings] = ask_osv,
    locks: tuple[Path, ...] = LOCKS,
    record_path: Path = RECORD,
    reasons_path: Path = REASONS,
) -> int:
    """Print what is open and what nobody knows; return 0 when each has a written reason."""
    pins, known = pinned(locks), reasons(reasons_path)
    try:
        findings, unaudited = ask(pins), list[str]()
        print(f"{len(pins)} packages were looked up just now.")
    except NoSource as error:
        record = read_record(record_path)
        print(f"NOT AUDITED NOW: {error}. What is known is of the last audit: {record.what}.")
        print("Advisories published since that source was written are not known here.")
        unaudited = [name for name, version in pins.items() if (name, version) not in record.pins]
        findings = {(name, advisory) for name, advisory in record.findings if name not in unaudited}
    problems = [
        *_without_reason(sorted(findings), known, "has the open advisory"),
        *_without_reason([(name, pins[name]) for name in unaudited], known, "could not be audited, version"),
    ]
    for problem in problems:
        print(f"  {problem}")
    if problems:
        print("Update the package, or write the reason into evaluation/advisories.yml; then run make audit.")
    return 1 if problems else 0


def _without_reason(
    cases: list[tuple[str, str]], known: dict[tuple[str, str], str], what: str
) -> Iterator[str]:
    for name, case in cases:
        if (name, case) in known:
            print(f"  {name} {what} {case}, accepted: {known[name, case]}")
        else:
            yield f"{name} {what} {case}"


def audit(folder: Path | None) -> int:
    """Look all packages up, write the record, and check."""
    pins, now = pinned(), f"{datetime.now(UTC):%Y-%m-%d}"
    try:
        findings = look_up(pins, folder) if folder else ask_osv(pins)
    except NoSource as error:
        print(f"Nothing was audited: {error}.", file=sys.stderr)
        return 1
    write_record(f"{now}, {_source(folder)}", pins, findings)
    return check(lambda _: findings)


def _source(folder: Path | None) -> str:
    if not folder:
        return "OSV of that day"
    newest = max(re.findall(r"^modified: \"?(\d{4}-\d\d-\d\d)", "\n".join(_texts(folder)), re.MULTILINE))
    return f"PyPA's advisory-database, whose newest entry is of {newest}"


def _texts(folder: Path) -> Iterator[str]:
    return (path.read_text(encoding="utf-8")[:300] for path in (folder / "vulns").glob("*/*.yaml"))


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; 1 when something has no reason")
    parser.add_argument("--database", type=Path, help="a checkout of PyPA's advisory-database")
    options = parser.parse_args()
    return check() if options.check else audit(options.database)


if __name__ == "__main__":
    sys.exit(main())
