"""Health, readiness and metrics of the assistant's process, and its graceful stop.

An input channel that brings no messages: Rasa's own way to add routes to its server.

- ``/health/live``: the process answers. It does so while the database is away: a restart would not help.
- ``/health/ready``: messages can be answered here, or which part is missing.
- ``/metrics``: for Prometheus, with the token of CLINIC_DATA/metrics-token.
"""

from __future__ import annotations

import asyncio
import logging
import os
from asyncio import AbstractEventLoop
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

import aiohttp
import sqlalchemy as sa
from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import BaseHTTPResponse, HTTPResponse

from clinic import cores, signature
from clinic.database import database
from clinic.secret import API, is_bearer, secret
from clinic.serving import logs, notify, swap
from clinic.serving.drain import CLOSING_SECONDS, Drain
from clinic.serving.measure import measure
from clinic.serving.metrics import IN_FLIGHT, CountErrors, count_response, metrics
from clinic.serving.refusal import forbidden
from clinic.settings import environment

PROBE_SECONDS = 2.0
ALWAYS = ("/health/", "/metrics")  # answered while stopping as well
NEEDED = ("model", "database")  # without the action server questions are still answered
logger = logging.getLogger(__name__)


class Health(InputChannel):
    """``clinic.serving.health.Health:`` in credentials.yml, after the channels: the last stops first."""

    @classmethod
    def name(cls) -> str:
        """See rasa.core.channels.InputChannel."""
        return "health"

    def url_prefix(self) -> str:
        """Serve from the root instead of /webhooks/health."""
        return "/"

    def blueprint(self, _on_new_message: object) -> Blueprint:
        """See rasa.core.channels.InputChannel."""
        logs.configure()
        blueprint = Blueprint("health")
        blueprint.add_route(_live, "/health/live")
        blueprint.add_route(_ready, "/health/ready")
        blueprint.add_route(metrics, "/metrics")
        blueprint.listener("before_server_start")(_prepare)
        blueprint.listener("after_server_start")(_started)
        blueprint.listener("before_server_stop")(_stop)
        return blueprint


async def _prepare(app: Sanic, _loop: AbstractEventLoop) -> None:
    logs.configure()  # Rasa has set Sanic's loggers since
    logging.root.addHandler(CountErrors())
    _check_model()
    cores.settle()
    app.ctx.drain, app.ctx.database_probe = Drain(), Probe()
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = CLOSING_SECONDS
    app.config.ACCESS_LOG = False  # its lines would be made, and not written: logs.py
    app.register_middleware(_begin, "request")
    app.register_middleware(_guard_api, "request")
    app.register_middleware(_end, "response")


def _check_model() -> None:
    """End the process before it loads a model that was changed; MODEL names the one that is served."""
    model = os.environ.get("MODEL")
    try:
        if model:
            signature.check(Path(model))
    except signature.ModelRefused as refused:
        logger.critical("%s", refused)
        raise SystemExit(os.EX_DATAERR) from None


async def _started(app: Sanic, _loop: AbstractEventLoop) -> None:
    if app.ctx.agent.is_ready():
        measure(app.ctx.agent)
        app.add_task(notify.keep_telling(), name="telling")
        app.add_task(swap.follow(app.ctx.agent), name="following the model in use")


async def _stop(app: Sanic, _loop: AbstractEventLoop) -> None:
    with suppress(OSError):  # whoever started this process may be gone
        notify.tell(notify.STOPPING)
    await app.ctx.drain.finish(IN_FLIGHT._value.get)  # noqa: SLF001 (the library shows it no other way)


async def _begin(request: Request) -> HTTPResponse | None:
    return None if request.path.startswith(ALWAYS) else request.app.ctx.drain.begin(request)


async def _end(request: Request, answer: BaseHTTPResponse) -> None:
    request.app.ctx.drain.end(request)
    await count_response(request, answer)


async def _guard_api(request: Request) -> HTTPResponse | None:
    """Let Rasa's HTTP API (off unless --enable-api is given) answer only who shows the api-token."""
    handler = getattr(request.route, "handler", None)
    if getattr(handler, "__module__", None) != "rasa.server" or request.path == "/":
        return None
    shown = is_bearer(request.headers.get("Authorization"), secret(API))
    return None if shown else forbidden()


async def _live(_request: Request) -> HTTPResponse:
    return response.json({"alive": True})


async def _ready(request: Request) -> HTTPResponse:
    """Name each part with whether it can be used; 503 when a needed one cannot."""
    ctx = request.app.ctx
    agent = getattr(ctx, "agent", None)
    reads, acts = await asyncio.gather(ctx.database_probe.reads(), _acts())
    parts = {"model": agent is not None and agent.is_ready(), "database": reads, "actions": acts}
    ready = all(parts[part] for part in NEEDED) and not ctx.drain.is_stopping
    content = {"ready": ready, "stopping": ctx.drain.is_stopping, "parts": parts}
    content["model"] = agent.model_name if agent else None
    return response.json(content, status=200 if ready else 503)


class Probe:
    """Asks the database whether it answers; one question at a time, however long that hangs."""

    def __init__(self) -> None:
        self._asked: asyncio.Task[None] | None = None

    async def reads(self) -> bool:
        """Say whether the database answers in time."""
        if self._asked is None or self._asked.done():
            self._asked = asyncio.create_task(asyncio.to_thread(_read))
        done, _ = await asyncio.wait({self._asked}, timeout=PROBE_SECONDS)
        return bool(done) and self._asked.exception() is None


def _read() -> None:
    with database().connect() as connection:
        connection.execute(sa.text("SELECT 1"))


async def _acts() -> bool:
    """Say whether the action server answers in time."""
    address = environment().actions_url.replace("/webhook", "/health")
    limit = aiohttp.ClientTimeout(total=PROBE_SECONDS)
    try:
        async with aiohttp.ClientSession(timeout=limit) as session, session.get(address) as answer:
            return answer.status == HTTPStatus.OK
    except (aiohttp.ClientError, TimeoutError):
        return False
