"""What the entity extractors of this package share."""

from __future__ import annotations

from typing import Any

from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message


def add_entity(message: Message, entity: str, value: Any, start: int, end: int) -> None:
    """Add an entity in Rasa's form; ``start`` and ``end`` are positions in the text."""
    found = {"entity": entity, "value": value, "start": start, "end": end}
    entities = [*(message.get(ENTITIES) or []), {**found, "extractor": "clinic.nlu"}]
    message.set(ENTITIES, entities, add_to_output=True)


def without_entities(message: Message, filler: str = " ") -> str:
    """Return the text with the entities found so far blanked out, every position unchanged."""
    text = message.get(TEXT) or ""
    for entity in message.get(ENTITIES) or []:
        text = text[: entity["start"]] + filler * (entity["end"] - entity["start"]) + text[entity["end"] :]
    return text


def requested_slot(tracker: DialogueStateTracker | None) -> str | None:
    """Return the slot that a form is asking for, or None outside a form."""
    if tracker is None or not tracker.active_loop_name:
        return None
    return tracker.get_slot("requested_slot")
