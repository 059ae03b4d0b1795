"""The buttons that a conversation was shown: only their commands are commands."""

from __future__ import annotations

import json

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from clinic.conversation.tables import events

RECENT = 20  # replies whose buttons can still be pressed


def payloads(engine: Engine, conversation: str) -> set[str]:
    """Return the payloads of the buttons under the conversation's last replies."""
    query = (
        sa.select(events.c.data)
        .where(events.c.sender_id == conversation, events.c.type_name == "bot")
        .order_by(events.c.id.desc())
        .limit(RECENT)
    )
    with engine.connect() as connection:
        replies = [json.loads(data) for data in connection.execute(query).scalars()]
    buttons = [button for reply in replies for button in (reply.get("data") or {}).get("buttons") or []]
    return {str(button["payload"]) for button in buttons if button.get("payload")}
