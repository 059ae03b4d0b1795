"""The assistant goes on where a person of the clinic handed a chat back, or has left it idle."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from clinic.conversation import takeover
from clinic.conversation.trouble import Unavailable
from clinic.database import database
from clinic.settings import environment

LOOK_SECONDS = 1.0
logger = logging.getLogger(__name__)


async def resume_always(app: Any) -> None:
    """Look every second, as long as the server runs. What fails is tried again."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            idle, at = environment().takeover_idle, datetime.now(UTC)
            await asyncio.to_thread(takeover.hand_back_idle, database(), idle, at)
            for conversation in await asyncio.to_thread(takeover.handed_back, database()):
                await _resume(app.ctx.agent, conversation)
        except (SQLAlchemyError, Unavailable) as error:
            logger.error("The database cannot be used: %s", type(error).__name__)  # noqa: TRY400


async def _resume(agent: Any, conversation: str) -> None:
    if agent is None or agent.processor is None:  # no model yet
        return
    async with agent.lock_store.lock(conversation):
        try:
            await agent.processor.resume(conversation)
        except (SQLAlchemyError, Unavailable):
            raise
        except Exception:  # the action server is away, say
            logger.exception("The assistant could not go on after a person; it will try again.")
