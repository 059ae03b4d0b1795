"""rasa-sdk's action server, on this machine only and for who shows the shared secret.

python -m clinic.serving.action_server

It listens on 127.0.0.1:ACTIONS_PORT, or on the socket it was started with (LISTEN_FDS from systemd,
LISTEN_FD from clinic.start): that one stays open while the process is replaced, so that no call is refused.
"""

from __future__ import annotations

import logging
import os
import socket
from asyncio import AbstractEventLoop

from rasa_sdk.endpoint import create_app
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from clinic.secret import ACTIONS, is_bearer, secret
from clinic.serving import logs, notify
from clinic.serving.metrics import CountErrors, count_response, metrics
from clinic.serving.refusal import forbidden
from clinic.settings import environment

FIRST_PASSED = 3  # the first file descriptor after standard input, output and error
OPEN = {"/health", "/metrics"}  # says nothing, and has a token of its own
ACTION_SECONDS = 10.0


def main() -> None:
    """Serve until SIGTERM; calls under way are answered first."""
    logs.configure()
    logging.root.addHandler(CountErrors())
    app = create_app("actions", cors_origins="")
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = ACTION_SECONDS
    app.add_route(metrics, "/metrics")
    app.register_middleware(_guard, "request")
    app.register_middleware(count_response, "response")
    app.register_listener(_started, "after_server_start")
    app.run(sock=listening_socket(environment().actions_port), access_log=False)


def listening_socket(port: int) -> socket.socket:
    """Return the socket this process was started with, or a new one on the loopback address."""
    passed = os.environ.get("LISTEN_FD") or (FIRST_PASSED if os.environ.get("LISTEN_FDS") == "1" else None)
    if passed is not None:
        return socket.socket(fileno=int(passed))
    return socket.create_server(("127.0.0.1", port), backlog=128)


async def _guard(request: Request) -> HTTPResponse | None:
    if request.path in OPEN or is_bearer(request.headers.get("Authorization"), secret(ACTIONS)):
        return None
    return forbidden()


async def _started(app: Sanic, _loop: AbstractEventLoop) -> None:
    app.add_task(notify.keep_telling(), name="telling")


if __name__ == "__main__":
    main()
