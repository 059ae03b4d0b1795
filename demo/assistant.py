"""The real assistant in this process: its trained model, its stores, its actions behind their own server."""

from __future__ import annotations

import asyncio
import logging
import socket
from pathlib import Path
from typing import Any

import structlog
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.endpoint import create_app
from sanic import Sanic

from clinic.conversation.tracker_store import ClinicTrackerStore
from clinic.rasa_patches.actions import close_session

WORDS = "clinic.conversation.responses.ClinicResponses"


class TalkingAssistant:
    """Answers one message after the other."""

    async def start(self, model: Path) -> None:
        """Load the model and start the action server on a free port of this machine."""
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
        Sanic.test_mode = True  # so that it starts inside of this event loop
        listening = socket.create_server(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        app = create_app("actions")
        self._server = await app.create_server(sock=listening, return_asyncio_server=True, access_log=False)
        await self._server.startup()
        await self._server.start_serving()
        self.agent = await asyncio.to_thread(
            Agent.load,
            str(model),
            generator=EndpointConfig.from_dict({"type": WORDS}),
            action_endpoint=EndpointConfig(f"http://127.0.0.1:{port}/webhook"),
            tracker_store=ClinicTrackerStore(),
        )

    async def answer(self, channel: str, conversation: str, text: str) -> list[dict[str, Any]]:
        """Return the replies to a message, as a channel would be given them."""
        collected = CollectingOutputChannel()
        await self.agent.handle_message(UserMessage(text, collected, conversation, input_channel=channel))
        return list(collected.messages)

    async def stop(self) -> None:
        """Stop the action server."""
        await close_session()
        self._server.close()
        await self._server.wait_closed()
