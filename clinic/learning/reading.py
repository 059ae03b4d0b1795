"""What was understood of a message, as Rasa stores it with the visitor's event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FALLBACK, FAQ = "nlu_fallback", "faq"


@dataclass(frozen=True)
class Reading:
    """A message's reading.

    Attributes:
        intent: What Rasa acted on: an intent's name, ``nlu_fallback`` where it asked back, or nothing.
        topic: The likeliest topic, in full ("faq/pain", "book"), even where it asked back.
        confidence: Of the topic, 0 to 1.
        runner_up: The next likeliest, or None.

    """

    intent: str
    topic: str
    confidence: float
    runner_up: str | None

    @property
    def was_answered(self) -> bool:
        return self.intent not in {"", FALLBACK}


def reading_of(event: dict[str, Any]) -> Reading:
    """Return the reading in a ``user`` event."""
    parsed = event.get("parse_data") or {}
    intent = parsed.get("intent") or {}
    name, selector = str(intent.get("name") or ""), (parsed.get("response_selector") or {}).get(FAQ) or {}
    ranked = _ranked(parsed, selector)
    chosen = (selector.get("response") or {}).get("intent_response_key") if name == FAQ else name
    if not chosen or chosen == FALLBACK:
        chosen = ranked[0] if ranked else FALLBACK
    others = [topic for topic in ranked if topic != chosen]
    return Reading(name, chosen, float(intent.get("confidence") or 0.0), others[0] if others else None)


def _ranked(parsed: dict[str, Any], selector: dict[str, Any]) -> list[str]:
    """Return the candidates, likeliest first: the topics of the retrieval intent and the other intents."""
    answers = [(one["confidence"], one["intent_response_key"]) for one in selector.get("ranking") or []]
    intents = [(one["confidence"], one["name"]) for one in parsed.get("intent_ranking") or []]
    found = [*answers, *(one for one in intents if one[1] not in {FAQ, FALLBACK})]
    return [topic for _, topic in sorted(found, reverse=True)]
