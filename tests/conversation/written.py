"""Conversations as they lie in the database, written past Rasa."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.engine import Engine

from clinic.conversation import writing
from clinic.conversation.tables import conversations

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
EMPTY = {
    "visitor_messages": 0,
    "bot_messages": 0,
    "topics": "[]",
    "not_understood": 0,
    "outcome": "opened",
    "booked": False,
    "thumbs_up": 0,
    "thumbs_down": 0,
    "last_event": 0,
    "turns": 0,
    "loads_after": 0,
    "loads_state": "[]",
    "next_after": 0,
    "next_state": "[]",
    "next_turn": 0,
}


def user(text: str, topic: str = "faq/pain", confidence: float = 0.9, **more: Any) -> dict[str, Any]:
    intent = {"name": "faq", "confidence": confidence, "full_retrieval_intent_name": topic}
    parsed = {"text": text, "intent": intent, "entities": []}
    return {"event": "user", "text": text, "parse_data": parsed, "input_channel": "widget"} | more


def bot(text: str, **more: Any) -> dict[str, Any]:
    return {"event": "bot", "text": text, "data": {}, "metadata": {}} | more


def keep(engine: Engine, name: str, *said: dict[str, Any], at: datetime = AT, **columns: Any) -> int:
    """Write a conversation: its row, its events at one time, the index. Returns the last event's number."""
    topics = columns.pop("topics", [])
    row = EMPTY | {"id": name, "channel": "widget", "started_at": at, "last_at": at}
    with engine.begin() as connection:
        connection.execute(conversations.insert().values(row | columns | {"topics": json.dumps(topics)}))
        writing.keep_topics(connection, name, topics, at)
        stamped = [{"timestamp": at.timestamp(), **event} for event in said]
        return writing.add(connection, name, *stamped) if stamped else 0
