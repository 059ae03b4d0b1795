"""The dependency audit: what it finds, what it could not look up, and what it says."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from evaluation import audit
from evaluation.audit import NoSource

LOCK = """\
good-package==1.0 ; sys_platform == 'linux' \\
    --hash=sha256:00
Bad_Package==2.3.1 \\
    --hash=sha256:00
"""
ADVISORY = """\
id: PYSEC-2030-1
modified: 2030-01-02T03:04:05Z
affected:
- package: {ecosystem: PyPI, name: bad.package}
  ranges:
  - type: ECOSYSTEM
    events: [{introduced: "0"}, {fixed: "2.4"}]
  versions: ["2.3"]
"""


@pytest.fixture
def files(tmp_path):
    """A lock, a record and a file of reasons."""
    (tmp_path / "lock").write_text(LOCK, encoding="utf-8")
    (tmp_path / "reasons").write_text("open: []\nunaudited: []\n", encoding="utf-8")
    return tmp_path


def check(files, ask):
    return audit.check(ask, (files / "lock",), files / "record", files / "reasons")


def nobody(_pins):
    raise NoSource("nobody answers")


def test_every_pinned_package_of_the_project_is_read():
    pins = audit.pinned()
    assert pins["rasa"] == "3.6.21"
    assert {"sanic", "pytest", "prometheus-client"} <= set(pins)


@pytest.mark.parametrize(
    ("version", "is_affected"),
    [("0.1", True), ("2.3.1", True), ("2.4rc1", True), ("2.4", False), ("3", False)],
)
def test_a_version_is_affected_from_the_introduction_until_the_fix(files, version, is_affected):
    (files / "vulns" / "bad-package").mkdir(parents=True)
    (files / "vulns" / "bad-package" / "PYSEC-2030-1.yaml").write_text(ADVISORY, encoding="utf-8")
    found = audit.look_up({"bad-package": version, "good-package": "1.0"}, files)
    assert found == ({("bad-package", "PYSEC-2030-1")} if is_affected else set())


def test_a_withdrawn_advisory_counts_for_nothing(files):
    (files / "vulns" / "bad-package").mkdir(parents=True)
    text = f"{ADVISORY}withdrawn: 2030-02-01T00:00:00Z\n"
    (files / "vulns" / "bad-package" / "PYSEC-2030-1.yaml").write_text(text, encoding="utf-8")
    assert audit.look_up({"bad-package": "2.3"}, files) == set()


def test_a_folder_without_advisories_is_no_source(files):
    with pytest.raises(NoSource):
        audit.look_up({}, files)


def test_an_open_advisory_fails_until_its_reason_is_written(files, capsys):
    def ask(_pins):
        return {("bad-package", "PYSEC-2030-1")}

    assert check(files, ask) == 1
    assert "bad-package has the open advisory PYSEC-2030-1" in capsys.readouterr().out
    entry = "open: [{package: bad-package, advisory: PYSEC-2030-1, reason: %s}]"
    (files / "reasons").write_text(entry % "' '", encoding="utf-8")
    assert check(files, ask) == 1
    (files / "reasons").write_text(entry % "we never call it", encoding="utf-8")
    assert check(files, ask) == 0
    assert "we never call it" in capsys.readouterr().out


def test_where_nobody_can_be_asked_it_says_so_and_relies_on_the_last_audit(files, capsys):
    audit.write_record("2030-01-01, OSV", audit.pinned((files / "lock",)), set(), files / "record")
    assert check(files, nobody) == 0
    said = capsys.readouterr().out
    assert "NOT AUDITED NOW: nobody answers" in said
    assert "2030-01-01, OSV" in said


def test_an_advisory_found_by_the_last_audit_is_not_forgotten(files):
    findings = {("bad-package", "PYSEC-2030-1"), ("bad-package", "PYSEC-2030-2")}
    audit.write_record("2030-01-01, OSV", audit.pinned((files / "lock",)), findings, files / "record")
    assert audit.read_record(files / "record").findings == findings
    assert check(files, nobody) == 1


def test_a_package_that_was_never_looked_up_fails_until_its_reason_is_written(files, capsys):
    audit.write_record(
        "2030-01-01, OSV", {"good-package": "1.0", "bad-package": "2.3.0"}, set(), files / "record"
    )
    assert check(files, nobody) == 1
    assert "bad-package could not be audited, version 2.3.1" in capsys.readouterr().out
    entry = "unaudited: [{package: bad-package, version: 2.3.1, reason: read by hand}]"
    (files / "reasons").write_text(entry, encoding="utf-8")
    assert check(files, nobody) == 0


def test_without_any_record_nothing_passes(files):
    assert check(files, nobody) == 1


class Osv(BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        known = {("bad-package", "2.3.1"): [{"id": "GHSA-1"}]}
        results = [{"vulns": known.get((q["package"]["name"], q["version"]), [])} for q in asked]
        body = json.dumps({"results": results if self.server.answers else []}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def osv():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Osv)
    server.answers = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_osv_is_asked_about_all_packages_at_once(osv):
    address = f"http://127.0.0.1:{osv.server_address[1]}"
    pins = {"good-package": "1.0", "bad-package": "2.3.1"}
    assert audit.ask_osv(pins, address) == {("bad-package", "GHSA-1")}
    osv.answers = False  # an answer for fewer packages than were asked about is none
    with pytest.raises(NoSource):
        audit.ask_osv(pins, address)


def test_an_osv_that_is_away_is_no_source():
    with pytest.raises(NoSource, match="cannot be reached"):
        audit.ask_osv({}, "http://127.0.0.1:9")
