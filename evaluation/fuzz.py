"""Generated requests to every HTTP entry: no exit, no hang over two seconds, no 5xx but 503.

    python -m evaluation.fuzz                     # 100,000 of them
    python -m evaluation.fuzz --inputs 2000

Hypothesis makes the requests: shapes and types that are nearly right, deep and wide JSON, every
kind of character, wrong encodings, tokens and headers. A failing one is shrunk to its smallest form.
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from evaluation import report
from evaluation.fleet import fleet

LONGEST = 2.0  # seconds
TRIES = 3  # a request is at fault when it takes so long each time; once, it is the machine's other work
PATHS = (
    *("/webhooks/rest/webhook",) * 6,
    *("/chat/messages",) * 6,
    *("/chat/session", "/chat/transcript", "/health/live", "/chat", "/", "/webhooks/rest/", "/status"),
    *("/widget/widget.js", "/widget/../clinic.yml", "/conversations/x/tracker", "/model", "/webhooks/none"),
)
METHODS = (*("POST",) * 12, "GET", "GET", "DELETE", "PUT", "OPTIONS", "HEAD", "PATCH")
WORDS = st.one_of(
    st.text(max_size=60),
    st.text(st.characters(codec=None), max_size=40),  # lone surrogates among them
    st.sampled_from(
        ["", "\0", "/restart", '/book{"a": 1}', "hello", "a" * 1001, "😀" * 300, "\u202e", "{0}"]
    ),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=8,
)
NEARLY = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("sender", "message", "id", "text", "metadata", "input_channel", "stream"), WORDS | VALUES
    ),
)
DEEP = st.integers(1, 20_000).map(lambda depth: b"[" * depth)
BODIES = st.one_of(
    NEARLY.map(lambda value: json.dumps(value).encode()),
    VALUES.map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=200),
    DEEP,
    st.integers(60_000, 70_000).map(lambda size: b'{"message": "' + b"a" * size + b'"}'),
)
HEADERS = st.dictionaries(
    st.sampled_from(["Content-Type", "X-Forwarded-For", "Last-Event-ID", "Accept", "Cookie", "Origin"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
    max_size=3,
)


@dataclass
class Server:
    """The assistant under test.

    Attributes:
        port: Of this machine.
        token: Opens a conversation.
        counts: Replies by status.
        slowest: Seconds.
        slow_once: How many requests took too long and did not when they were sent again.

    """

    port: int
    token: str = ""
    counts: Counter[int] = field(default_factory=Counter)
    slowest: float = 0.0
    slow_once: int = 0
    _connection: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> int:
        """Send a request and return the status. Raises AssertionError for what must not happen."""
        for left in reversed(range(TRIES)):
            start = time.monotonic()
            status = self._send(method, path, body, headers)
            seconds = time.monotonic() - start
            self.counts[status] += 1
            self.slowest = max(self.slowest, seconds)
            assert status < 500 or status == 503, f"{method} {path} got {status}"
            if seconds < LONGEST:
                self.slow_once += left < TRIES - 1
                return status
        raise AssertionError(f"{method} {path} took over {LONGEST:.0f} s each time")

    def _send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> int:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            self._connection.request(method, path, body, headers)
            reply = self._connection.getresponse()
            reply.read()
        except (http.client.HTTPException, ConnectionError):
            # A server may hang up on a body it does not want: it must answer the next request.
            self._connection.close()
            self._connection = None
            return self._alive()
        if reply.will_close:
            self._connection.close()
        return reply.status

    def _alive(self) -> int:
        probe = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        probe.request("GET", "/health/live")
        status = probe.getresponse().status
        probe.close()
        assert status == 200, "the server is gone"
        return 400

    def open_chat(self) -> None:
        """Get a token."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("POST", "/chat/session", b"{}")
        self.token = json.loads(connection.getresponse().read())["token"]
        connection.close()


def main() -> int:
    """Send the inputs, count, write the section; hypothesis raises for what must not happen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--inputs", type=int, default=100_000)
    given_inputs = parser.parse_args().inputs
    with (
        tempfile.TemporaryDirectory() as scratch,
        fleet(Path(scratch), f"sqlite:///{scratch}/clinic.db") as started,
    ):
        server = Server(next(iter(started.assistants)))
        run(server, given_inputs)
        exits = sum(process.poll() is not None for process in started.assistants.values())
    statuses = ", ".join(f"{status}: {count}" for status, count in sorted(server.counts.items()))
    lines = report.table(
        {
            "requests": server.counts.total(),
            "exits": exits,
            "slowest": f"{server.slowest:.2f} s",
            "slow once": server.slow_once,
            "by status": statuses,
        }
    )
    print("\n".join(lines))
    report.write("fuzz", "Generated inputs", lines)
    return exits


def run(server: Server, inputs: int) -> None:
    """Send so many generated requests. Raises AssertionError with the smallest that fails."""
    server.open_chat()

    @settings(
        max_examples=inputs,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.sampled_from(METHODS),
        st.sampled_from(PATHS),
        BODIES,
        HEADERS,
        st.sampled_from(["", "good", "bad"]),
    )
    def send(method: str, path: str, body: bytes, headers: dict[str, str], token: str | None) -> Any:
        if token is not None:
            headers = headers | {"Authorization": f"Bearer {token or server.token}"}
        server.ask(method, path, body, headers)
        report.progress("requests", server.counts.total(), inputs)

    send()


if __name__ == "__main__":
    sys.exit(main())
