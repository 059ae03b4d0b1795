"""Conversations as the assistant stores them, without an assistant."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from clinic.conversation.history import add_event
from tests.conversation.written import keep

LONG_AGO = timedelta(minutes=5)  # settled: no transaction of that time is still open


def parsed(topic: str, confidence: float, ranking: dict[str, float], intent: str | None = None) -> dict:
    """Return what was understood, as clinic.nlu.topics.decide makes it. ``intent``: what was acted on."""
    intent = intent or topic.partition("/")[0]
    questions = [(t, p) for t, p in ranking.items() if t.startswith("faq/")]
    intents: dict[str, float] = {}
    for name, probability in ranking.items():
        intents[name.partition("/")[0]] = intents.get(name.partition("/")[0], 0) + probability
    return {
        "intent": {"name": intent, "confidence": confidence},
        "entities": [],
        "intent_ranking": [{"name": name, "confidence": p} for name, p in intents.items()],
        "response_selector": {
            "faq": {
                "response": {"intent_response_key": questions[0][0] if questions else "faq/price"},
                "ranking": [{"intent_response_key": t, "confidence": p} for t, p in questions],
            }
        },
    }


class Chat:
    """A visitor's conversation. Each method adds an event and returns its number."""

    def __init__(self, engine: Engine, name: str, before: timedelta = LONG_AGO) -> None:
        self.engine, self.name, self.before = engine, name, before
        with suppress(IntegrityError):  # it goes on
            keep(engine, name)

    def add(self, kind: str, **content: object) -> int:
        at = (datetime.now(UTC) - self.before).timestamp()
        return add_event(self.engine, self.name, {"event": kind, "timestamp": at, **content})

    def say(self, text: str, topic: str = "faq/pain", confidence: float = 0.9, **ranking: float) -> int:
        known = {topic: confidence} | {name.replace("__", "/"): p for name, p in ranking.items()}
        return self.add("user", text=text, parse_data=parsed(topic, confidence, known))

    def asks_back(self, text: str, topic: str = "faq/pain", confidence: float = 0.4) -> int:
        """Say something that the assistant asks back about."""
        known = {topic: confidence, "faq/price": confidence / 2}
        number = self.add("user", text=text, parse_data=parsed(topic, confidence, known, "nlu_fallback"))
        self.replies("utter_not_sure")
        return number

    def replies(self, utter_action: str) -> int:
        return self.add("bot", text="words", metadata={"utter_action": utter_action})
