"""The widget's own files, packed and with a validator: a browser fetches each change once."""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path

from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from clinic.channels.door import Refused
from clinic.settings.environment import PROJECT

WIDGET = PROJECT / "widget"
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


async def serve(request: Request, name: str) -> HTTPResponse:
    """Return a file below widget/, or 304 when the browser has it.

    Raises:
        Refused: 404, there is no such file.

    """
    path = (WIDGET / name).resolve()
    if not path.is_relative_to(WIDGET) or path.suffix not in TYPES or not path.is_file():
        raise Refused(404, "not_found", "There is no such file.")
    plain, packed, tag = _content(path, path.stat().st_mtime_ns)
    headers = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    if request.headers.get("If-None-Match") == tag:
        return response.empty(304, headers=headers)
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        return response.raw(
            packed, headers=headers | {"Content-Encoding": "gzip"}, content_type=TYPES[path.suffix]
        )
    return response.raw(plain, headers=headers, content_type=TYPES[path.suffix])


@lru_cache(maxsize=256)
def _content(path: Path, _changed: int) -> tuple[bytes, bytes, str]:
    plain = path.read_bytes()
    return plain, gzip.compress(plain, mtime=0), f'W/"{hashlib.sha256(plain).hexdigest()[:20]}"'
