"""What a turn with one custom action takes in stock Rasa: its own action call, nothing of it patched.

    python -m evaluation.stock_action      # milliseconds of each turn and of its processor time, as JSON

A process of its own, which imports nothing of the clinic: an assistant with this one's domain and answers,
but the smallest understanding that Rasa has, one rule and one action that says a word, behind rasa_sdk's own
server, with the tracker store in SQLite. What a real assistant understands and does would come on top.
"""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import structlog
from rasa.core.agent import Agent
from rasa.core.tracker_store import SQLTrackerStore
from rasa.model_training import train
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk import Action, Tracker
from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import CollectingDispatcher

PROJECT = Path(__file__).resolve().parents[1]
TURNS, VISITORS = 9, 13  # as many as a booking takes; the first visitor is left out
CONFIG = """
recipe: default.v1
assistant_id: stock
language: en
pipeline:
- name: WhitespaceTokenizer
- name: KeywordIntentClassifier
policies:
- name: RulePolicy
"""
DATA = """
version: "3.1"
nlu:
- intent: book
  examples: |
    - book
rules:
- rule: an action
  steps:
  - intent: book
  - action: action_ask_which
"""


class ActionSay(Action):
    """A custom action as small as can be."""

    def name(self) -> str:
        """See rasa_sdk.Action."""
        return "action_ask_which"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[Any]:  # noqa: ARG002 (as rasa_sdk calls it)
        """Say a word."""
        dispatcher.utter_message(text="Booked.")
        return []


async def turns(model: str, folder: Path) -> dict[str, list[float]]:
    """Return the milliseconds of each turn ("took") and of its processor time ("worked")."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = await create_app("evaluation.stock_action").create_server(
        "127.0.0.1", port, return_asyncio_server=True
    )
    await server.startup()
    await server.start_serving()
    agent = Agent.load(model, action_endpoint=EndpointConfig(f"http://127.0.0.1:{port}/webhook"))
    agent.tracker_store = SQLTrackerStore(agent.domain, db=str(folder / "tracker.db"))
    agent.processor.tracker_store = agent.tracker_store
    figures: dict[str, list[float]] = {"took": [], "worked": []}
    for visitor in range(VISITORS):
        for _ in range(TURNS):
            begun, busy = time.perf_counter(), time.process_time()
            replies = await agent.handle_text("book", sender_id=str(visitor))
            if not replies:
                raise SystemExit("the action has not answered")
            if visitor:
                figures["took"].append((time.perf_counter() - begun) * 1000)
                figures["worked"].append((time.process_time() - busy) * 1000)
    server.close()
    return figures


def main() -> None:
    """Train, talk and print the figures."""
    logging.disable(logging.WARNING)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in (("config.yml", CONFIG), ("data.yml", DATA)):
            (folder / file).write_text(text, encoding="utf-8")
        (folder / "domain").mkdir()
        for path in (PROJECT / "domain.yml", *(PROJECT / "data" / "responses").iterdir()):
            shutil.copy(path, folder / "domain")
        files = (str(folder / file) for file in ("domain", "config.yml", "data.yml"))
        trained = train(*files, output=str(folder), force_training=True)
        figures = asyncio.run(turns(str(trained.model), folder))
    if "clinic.rasa_patches" in sys.modules:
        raise SystemExit("this is no stock Rasa: the patches are applied")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
