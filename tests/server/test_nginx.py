"""The rules of deploy/nginx in a real nginx, before a small server that tells what reached it."""

import http.client
import json
import os
import shutil
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from clinic.settings import environment
from clinic.start import front
from tests.assistant import free_port

pytestmark = pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed: make nginx")


class Behind(BaseHTTPRequestHandler):
    """Answers with what it received; refuses where its server says so; streams at /chat/events."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append((self.path, dict(self.headers), body))
        self.answer(self.server.status, json.dumps(dict(self.headers)).encode())

    def do_GET(self):
        self.server.requests.append((self.path, dict(self.headers), b""))
        if self.path != "/chat/events":
            self.answer(self.server.status, json.dumps(dict(self.headers)).encode())
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for line in (b": first\n\n", b": second\n\n"):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
            self.wfile.flush()
            self.server.go_on.wait(20)
        self.wfile.write(b"0\r\n\r\n")

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")  # who is shut down is away
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def behind():
    """Two servers behind nginx."""
    servers = []
    for _ in range(2):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Behind)
        server.requests, server.status, server.go_on = [], 200, threading.Event()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
    yield servers
    for server in servers:
        server.go_on.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def nginx(behind, monkeypatch, tmp_path):
    """A running nginx's port."""
    port = free_port()
    monkeypatch.setenv("PORT", str(port))
    folder = front.write(environment(), [server.server_address[1] for server in behind])
    process = subprocess.Popen(["sh", "-c", f"exec {front.command(folder)}"], stderr=subprocess.PIPE)
    deadline = time.monotonic() + 20
    while not answers(port) and time.monotonic() < deadline:
        assert process.poll() is None, process.stderr.read().decode()
        time.sleep(0.05)
    for server in behind:
        server.requests.clear()
    yield port
    process.terminate()
    process.wait(20)


def answers(port):
    try:
        return ask(port, "GET", "/")[0] == 200
    except OSError:
        return False


def ask(port, method, path, body=None, headers=None, source="127.0.0.1"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20, source_address=(source, 0))
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, response.read().decode(), dict(response.getheaders())
    finally:
        connection.close()


def test_the_forwarded_address_is_the_visitors_whatever_the_visitor_claims(nginx):
    claimed = {"X-Forwarded-For": "6.6.6.6", "X-Real-IP": "6.6.6.6", "Forwarded": "for=6.6.6.6"}
    received = json.loads(ask(nginx, "POST", "/chat/messages", b"{}", claimed, source="127.0.0.9")[1])
    assert received["X-Forwarded-For"] == "127.0.0.9"
    assert received["X-Real-IP"] == "127.0.0.9"
    assert received["X-Forwarded-Proto"] == "http"
    assert "6.6.6.6" not in json.dumps(received)


def test_a_flood_from_one_address_is_refused_and_another_address_is_not(nginx, behind):
    statuses = [ask(nginx, "POST", "/chat/messages", b"{}", source="127.0.0.2")[0] for _ in range(80)]
    assert statuses[:40] == [200] * 40
    assert 429 in statuses
    assert ask(nginx, "POST", "/chat/messages", b"{}", source="127.0.0.3")[0] == 200
    assert sum(len(server.requests) for server in behind) < 80


def test_a_body_over_64_kb_goes_no_further(nginx, behind):
    assert ask(nginx, "POST", "/chat/messages", b"x" * (64 * 1024))[0] == 200
    for server in behind:
        server.requests.clear()
    assert ask(nginx, "POST", "/chat/messages", b"x" * (64 * 1024 + 1))[0] == 413
    assert [server.requests for server in behind] == [[], []]


def test_a_stream_is_passed_on_line_by_line(nginx, behind):
    connection = http.client.HTTPConnection("127.0.0.1", nginx, timeout=20)
    connection.request("GET", "/chat/events")
    stream = connection.getresponse()
    assert stream.readline() == b": first\n"  # while the server behind waits with the second
    for server in behind:
        server.go_on.set()
    assert stream.read() == b"\n: second\n\n"
    connection.close()


def test_a_visitor_stays_with_one_assistant(nginx, behind):
    for number in range(8):
        headers = {"Authorization": f"Bearer {number}"}
        for server in behind:
            server.requests.clear()
        for _ in range(3):
            ask(nginx, "POST", "/chat/messages", b"{}", headers)
        assert sorted(len(server.requests) for server in behind) == [0, 3]


@pytest.mark.parametrize("status", [502, 503])
def test_what_one_assistant_refuses_another_takes(nginx, behind, status):
    behind[0].status = status
    for number in range(8):
        headers = {"Authorization": f"Bearer {number}"}
        assert ask(nginx, "POST", "/chat/messages", b"{}", headers)[0] == 200


def test_one_that_is_away_is_not_noticed(nginx, behind):
    behind[0].shutdown()
    behind[0].server_close()
    for number in range(8):
        assert ask(nginx, "POST", "/chat/messages", b"{}", {"Authorization": f"Bearer {number}"})[0] == 200


def test_when_all_are_away_the_visitor_is_told_to_try_again(nginx, behind):
    for server in behind:
        server.shutdown()
        server.server_close()
    status, body, headers = ask(nginx, "POST", "/chat/messages", b"{}")
    assert status == 503
    assert json.loads(body)["error"] == "unavailable"
    assert headers["Retry-After"] == "2"


def test_a_refusal_by_all_reaches_the_visitor_in_the_assistants_own_words(nginx, behind):
    for server in behind:
        server.status = 503
    status, body, _ = ask(nginx, "POST", "/chat/messages", b"{}", {"X-Own": "words"})
    assert status == 503
    assert json.loads(body)["X-Own"] == "words"


@pytest.mark.parametrize(
    "path",
    [
        "/metrics",
        "/health/ready",
        "/health/live",
        "/webhooks/rest/webhook",
        "/webhooks/rest/",
        "/conversations/x/tracker",
        "/model/parse",
        "/model",
        "/domain",
        "/status",
        "/version",
        "//metrics",
        "/chat/../metrics",
        "/%6detrics",
    ],
)
def test_what_is_not_for_the_street_does_not_exist_there(nginx, behind, path):
    assert ask(nginx, "GET", path)[0] == 404
    assert [server.requests for server in behind] == [[], []]


def test_the_configuration_passes_nginxs_own_check(tmp_path):
    folder = front.write(environment(), [5106, 5107])
    command = ["nginx", "-t", "-q", "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert ("user " in (folder / "nginx.conf").read_text()) == (os.geteuid() == 0)
