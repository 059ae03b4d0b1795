"""Reading what a platform sends, whose shape is never taken for granted."""

from __future__ import annotations

import json
from typing import Any


def parsed(body: bytes) -> dict[str, Any]:
    """Return a body's JSON object. Raises ValueError for anything else."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("no JSON") from None
    if not isinstance(content, dict):
        raise ValueError("no JSON object")  # noqa: TRY004 (the same refusal)
    return content


def dig(value: Any, *path: str | int) -> Any:
    """Return what stands at a path of names and positions, or None where there is nothing."""
    for step in path:
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, dict) else None
        else:
            value = value[step] if isinstance(value, list) and len(value) > step else None
    return value


def text_at(value: Any, *path: str | int) -> str:
    """Return the text or the number at a path as text; nothing for anything else."""
    found = dig(value, *path)
    if isinstance(found, bool) or not isinstance(found, str | int):
        return ""
    return str(found)


def objects_at(value: Any, *path: str | int) -> list[dict[str, Any]]:
    """Return the objects of the list at a path."""
    found = dig(value, *path)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
