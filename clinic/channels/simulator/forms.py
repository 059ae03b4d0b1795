"""What a platform's API is called with: JSON, a form, or a form with files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web


@dataclass(frozen=True)
class File:
    """A file in a form: its content, its type of content and its name."""

    content: bytes
    type: str
    name: str


async def values(request: web.Request) -> dict[str, Any]:
    """Return a call's arguments: JSON, a form whose files are File, or the address's query."""
    if request.content_type == "application/json":
        return dict(await request.json())
    if request.content_type == "multipart/form-data":
        return {name: _value(value) for name, value in (await request.post()).items()}
    return dict(await request.post()) if request.can_read_body else dict(request.query)


def _value(value: Any) -> Any:
    if isinstance(value, web.FileField):
        return File(value.file.read(), value.content_type, value.filename)
    return value
