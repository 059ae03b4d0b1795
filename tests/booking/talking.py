"""Whole conversations in one process: the trained model, the real actions behind a real action server."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import aiohttp
from rasa.core.agent import Agent
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.endpoint import create_app

from clinic.rasa_patches.actions import close_session
from clinic.settings.environment import PROJECT
from tests.assistant import free_port

_senders = itertools.count()


class Talk:
    """A loaded assistant with its action server, both on one event loop of their own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.port = free_port()

    def start(self) -> None:
        self.loop.run_until_complete(self._start())

    async def _start(self) -> None:
        app = create_app("actions")
        self.server = await app.create_server("127.0.0.1", self.port, return_asyncio_server=True)
        await self.server.startup()
        await self.server.start_serving()
        endpoint = EndpointConfig(f"http://127.0.0.1:{self.port}/webhook")
        words = EndpointConfig.from_dict({"type": "clinic.conversation.responses.ClinicResponses"})
        self.agent = Agent.load(str(PROJECT / "models"), generator=words, action_endpoint=endpoint)
        self.agent.tracker_store = InMemoryTrackerStore(self.agent.domain)
        self.agent.processor.tracker_store = self.agent.tracker_store

    def stop(self) -> None:
        self.loop.run_until_complete(self._stop())
        self.loop.close()

    async def _stop(self) -> None:
        self.server.close()
        await self.server.wait_closed()
        await close_session()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def call(self, action: str, slots: dict) -> dict:
        """Call an action as Rasa does, with nothing but slots; return what it answers."""
        return self.loop.run_until_complete(self._call(action, slots))

    async def _call(self, action: str, slots: dict) -> dict:
        tracker = {"sender_id": "c", "slots": slots, "latest_message": {}, "events": [], "paused": False}
        tracker |= dict.fromkeys(("followup_action", "latest_action_name", "latest_input_channel"))
        content = {
            "next_action": action,
            "sender_id": "c",
            "tracker": tracker | {"active_loop": {}},
            "domain": {},
        }
        url = f"http://127.0.0.1:{self.port}/webhook"
        async with aiohttp.ClientSession() as session, session.post(url, json=content) as response:
            return await response.json()

    def visitor(self) -> Visitor:
        return Visitor(self)


@dataclass
class Visitor:
    """Somebody with a conversation of their own; ``heard`` is all that was said to them, a list a turn."""

    talk: Talk
    name: str = field(default_factory=lambda: f"visitor-{next(_senders)}")
    heard: list[list[dict]] = field(default_factory=list)

    def says(self, text: str) -> str:
        """Say something; return the words of the replies."""
        replies = self.talk.loop.run_until_complete(self.talk.agent.handle_text(text, sender_id=self.name))
        self.heard.append(replies or [])
        return " ".join(reply.get("text", "") for reply in self.heard[-1])

    @property
    def buttons(self) -> list[str]:
        """The titles of the buttons in the last turn's replies."""
        return [button["title"] for reply in self.heard[-1] for button in reply.get("buttons", [])]


@contextmanager
def talking() -> Iterator[Talk]:
    talk = Talk()
    talk.start()
    try:
        yield talk
    finally:
        talk.stop()
