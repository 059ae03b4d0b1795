"""Conversations for the tests of figures, written by the real archive without a model."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.engine import Engine

from clinic.conversation import archive, feedback
from clinic.conversation.trouble import TROUBLE

TOPICS = ("faq/pain", "faq/cost", "book", "nlu_fallback", "greet", "thanks")
CHANNELS = ("widget", "telegram", "whatsapp")


def talk(engine: Engine, name: str, start: datetime, chance: random.Random) -> None:
    """Store a conversation that begins then: a few turns, perhaps a booking, perhaps a thumb."""
    tracker = DialogueStateTracker.from_events(name, [])
    at, channel = start, chance.choice(CHANNELS)
    for _ in range(chance.randint(1, 5)):
        turn = list(_turn(at, channel, chance))
        archive.append(engine, tracker, turn)
        at += timedelta(minutes=chance.randint(1, 20))
    if chance.random() < 0.4:
        _rate(engine, name, chance.random() < 0.5, at)


def _turn(at: datetime, channel: str, chance: random.Random) -> Iterator[Event]:
    when, topic = at.timestamp(), chance.choice(TOPICS)
    intent: dict[str, Any] = {"name": topic.partition("/")[0], "confidence": 0.4 + 0.6 * chance.random()}
    parsed: dict[str, Any] = {"intent": intent, "entities": []}
    if "/" in topic:
        parsed["response_selector"] = {}
        parsed["full_retrieval_intent"] = topic
        intent["full_retrieval_intent_name"] = topic
    yield UserUttered("words", intent, [], parsed, timestamp=when, input_channel=channel)
    if topic == "book":
        slots = chance.sample(("appointment_start", "client_contact", "client_name"), chance.randint(0, 3))
        for slot in slots:
            yield SlotSet(slot, chance.choice(("x", None)), timestamp=when)
    said = {"book": "utter_booked" if chance.random() < 0.3 else "utter_ask"}.get(topic, f"utter_{topic}")
    said = TROUBLE if chance.random() < 0.05 else said
    reply = when + chance.choice((0.2, 0.5, 1.5))
    yield BotUttered("words", metadata={"utter_action": said}, timestamp=reply)
    yield ActionExecuted("action_listen", timestamp=reply)


def _rate(engine: Engine, name: str, helpful: bool, at: datetime) -> None:
    with engine.connect() as connection:
        query = archive.events.select().where(archive.events.c.sender_id == name)
        answers = [row.id for row in connection.execute(query) if row.type_name == "bot"]
    feedback.rate(engine, name, answers[-1], helpful, at)
