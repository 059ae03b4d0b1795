"""A conversation's events as people read them: what was said, and behind each message what was made of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from clinic.conversation.history import PRESENCE

SAID = {"user": "visitor", "bot": "bot", "agent": "person"}
STEPS = {
    "session_started": "a new session began",
    "pause": "the assistant fell silent",
    "resume": "the assistant went on",
    "action_execution_rejected": "a form could not use the message",
    "rewind": "went back to before the message",
}
LONGEST_VALUE = 500
LISTEN = "action_listen"


@dataclass
class Entry:
    """One line of a transcript.

    Attributes:
        id: Number of the event.
        kind: ``visitor``, ``bot``, ``person``, ``coming`` (of staff) or ``steps`` (of none).
        at: When, aware.
        text: What was said.
        name: Who of the staff.
        more: Buttons, pictures and the like that came with it, in words.
        understood: Name and value of what was made of a visitor's message.
        steps: What was done then: slots, actions and other events, in order.

    """

    id: int
    kind: str
    at: datetime
    text: str = ""
    name: str = ""
    more: list[str] = field(default_factory=list)
    understood: list[tuple[str, str]] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)


def entries(rows: list[Any]) -> list[Entry]:
    """Return the lines that events make, oldest first.

    Args:
        rows: Of the table ``events``: id, type_name, timestamp, data.

    """
    found: list[Entry] = []
    for row in rows:
        data = json.loads(row.data)
        at = datetime.fromtimestamp(row.timestamp or 0, UTC)
        if row.type_name in SAID:
            found.append(_said(row.id, row.type_name, at, data))
        elif step := _step(row.type_name, data):
            if not found:
                found.append(Entry(row.id, "steps", at))
            found[-1].steps.append(step)
    return found


def _said(number: int, kind: str, at: datetime, data: dict[str, Any]) -> Entry:
    extra, metadata = data.get("data") or {}, data.get("metadata") or {}
    entry = Entry(number, SAID[kind], at, data.get("text") or "")
    if kind == "user":
        entry.understood = _understood(data.get("parse_data") or {})
        return entry
    entry.name = str(metadata.get("name") or "")
    custom = extra.get("custom")
    if isinstance(custom, dict) and custom.get("type") == PRESENCE:
        entry.kind, entry.text = "coming", _coming(str(custom.get("state")), entry.name)
        return entry
    entry.more = [str(button.get("title", "")) for button in extra.get("buttons") or []]
    entry.more += [f"{name}: {_value(extra[name])}" for name in ("image", "attachment") if extra.get(name)]
    if custom:  # a booking's card holds the visitor's key to it, which is nobody else's
        entry.more.append(str(custom.get("type") or "a card") if isinstance(custom, dict) else "a card")
    if metadata.get("utter_action"):
        entry.understood = [("Response", str(metadata["utter_action"]))]
    return entry


def _coming(state: str, name: str) -> str:
    who = name or "Somebody of the staff"
    words = {"joined": f"{who} joined", "left": f"{who} left"}
    return words.get(state, "The visitor waits for a person")


def _understood(parsed: dict[str, Any]) -> list[tuple[str, str]]:
    """Return topic, confidence, runner-up and entities of a visitor's message."""
    intent = parsed.get("intent") or {}
    topic = intent.get("full_retrieval_intent_name") or intent.get("name")
    found = [("Topic", str(topic)), ("Confidence", _share(intent.get("confidence")))] if topic else []
    others = [(name, share) for name, share in ranking(parsed) if name != topic]
    if others:
        found.append(("Runner-up", f"{others[0][0]} ({_share(others[0][1])})"))
    entities = parsed.get("entities") or []
    return found + [(str(entity.get("entity")), _value(entity.get("value"))) for entity in entities]


def ranking(parsed: dict[str, Any]) -> list[tuple[str, float]]:
    """Return what a message may have meant, the likeliest first: intents, and questions by their topic."""
    selector = (parsed.get("response_selector") or {}).get("faq") or {}
    ranked = [(str(one["intent_response_key"]), one["confidence"]) for one in selector.get("ranking") or []]
    intents = [(str(one["name"]), one["confidence"]) for one in parsed.get("intent_ranking") or []]
    ranked += [one for one in intents if one[0] != "faq" or not ranked]
    return sorted(ranked, key=lambda one: -one[1])


def _step(kind: str, data: dict[str, Any]) -> str:
    """Return an event that is no message in words, or "" where it tells nothing."""
    name = data.get("name")
    if kind == "action":
        return "" if name == LISTEN else f"did {name}"
    if kind == "slot":
        return f"{name} = {_value(data.get('value'))}"
    if kind == "active_loop":
        return f"began {name}" if name else "ended the form"
    if kind == "followup":
        return f"next: {name}"
    return STEPS.get(kind, kind.replace("_", " "))


def _share(value: Any) -> str:
    return f"{float(value or 0):.1%}"


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
