"""What platforms say of messages that were sent: delivered, read, failed; thumbs, and who wants none."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from clinic.channels.messaging import deliveries, intake, reach
from clinic.channels.messaging.incoming import Heard, Reaction, ReadUntil, Receipt, Stopped, Told
from clinic.channels.messaging.platform import Platform
from clinic.conversation import feedback
from clinic.database import database
from clinic.settings import now

AGAIN_SECONDS = (1.0, 5.0)  # a receipt may come before the answer to the message that it is of


def store(engine: Engine, platform: Platform, told: Sequence[Told]) -> list[Receipt]:
    """Store what was told; return the receipts of messages that are not known yet."""
    early = []
    for one in told:
        if isinstance(one, Receipt):
            if not _store_receipt(engine, platform, one):
                early.append(one)
        elif not isinstance(one, Heard):
            _store_other(engine, one, intake.conversation_of(platform, one.chat))
    return early


async def store_again(platform: Platform, early: list[Receipt]) -> None:
    """Store receipts that came early; one of a message that is none of ours is dropped in the end."""
    for seconds in AGAIN_SECONDS:
        if not early:
            return
        await asyncio.sleep(seconds)
        with suppress(SQLAlchemyError):
            early = await asyncio.to_thread(store, database(), platform, early)


def _store_receipt(engine: Engine, platform: Platform, receipt: Receipt) -> bool:
    known = deliveries.receive(engine, receipt, datetime.now(UTC))
    failed = (
        deliveries.failure_of(engine, receipt.platform_id) if receipt.state == deliveries.FAILED else None
    )
    if failed:
        reach.note_for_staff(engine, platform, *failed, receipt.trouble or "it was not delivered")
    return known


def _store_other(engine: Engine, told: ReadUntil | Reaction | Stopped, conversation: str) -> None:
    if isinstance(told, ReadUntil):
        deliveries.seen(engine, conversation, told)
    elif isinstance(told, Stopped):
        intake.stop(engine, conversation, told.stopped)
    else:
        event = deliveries.event_of(engine, conversation, told.platform_id)
        with suppress(feedback.NoSuchAnswer):
            feedback.rate(engine, conversation, event or 0, told.helpful, now())
