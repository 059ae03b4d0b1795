"""The console's application: every feature's views behind one guard."""

from __future__ import annotations

import importlib
import pkgutil
from asyncio import AbstractEventLoop

from sanic import Sanic

import clinic.console
from clinic.console import guard, views
from clinic.console.numbers import days
from clinic.learning import queue
from clinic.learning.proposal import VALIDATION_SECONDS
from clinic.serving import notify

LONGEST_ANSWER = VALIDATION_SECONDS + 30  # what takes longest is Rasa's check of changed data
STOP_SECONDS = 3.0  # for a page under way; a stream is resumed by its browser


def create(name: str = "console", *, register: bool = True) -> Sanic:
    """Return the application with all features."""
    load_features()
    app = Sanic(name, register=register, configure_logging=False)
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = STOP_SECONDS
    app.config.RESPONSE_TIMEOUT = LONGEST_ANSWER
    guard.install(app)
    views.add_routes(app)
    app.register_listener(_started, "after_server_start")
    return app


def load_features() -> None:
    """Import every module of the package: each registers its views."""
    for module in pkgutil.walk_packages(clinic.console.__path__, "clinic.console."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


async def _started(app: Sanic, _loop: AbstractEventLoop) -> None:
    app.add_task(notify.keep_telling(), name="telling")
    app.add_task(queue.keep_up(), name="filling the review queue")
    app.add_task(days.keep_always(), name="counting days")
