"""Events as rows: JSON that every database can store and search."""

from __future__ import annotations

import json
import re
from typing import Any

from rasa.shared.core.events import Event

LONGEST_NAME = 255
_SUSPICIOUS = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def row_of(sender_id: str, event: Event) -> dict[str, Any]:
    """Return an event as a row of the table ``events``."""
    content = event.as_dict()
    data = json.dumps(content)
    if _SUSPICIOUS.search(data):
        content = storable(content)
        data = json.dumps(content)
    intent = (content.get("parse_data") or {}).get("intent") or {}
    return {
        "sender_id": sender_id,
        "type_name": event.type_name,
        "timestamp": content.get("timestamp"),
        "intent_name": _short(intent.get("name")),
        "action_name": _short(content.get("name")),
        "data": data,
    }


def storable(value: Any) -> Any:
    """Return a JSON value without what no database stores: NUL and halves of surrogate pairs."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {storable(name): storable(content) for name, content in value.items()}
    if isinstance(value, list | tuple):
        return [storable(content) for content in value]
    return value


def _short(name: Any) -> str | None:
    return str(name)[:LONGEST_NAME] if name is not None else None
