"""Style sheets and scripts: our own, and two that lie in Python packages, of which nothing is run."""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from sanic import response
from sanic.response import HTTPResponse

from clinic.console.refused import Refused
from clinic.console.roles import ANYBODY
from clinic.console.views import Asked, view

OURS = Path(__file__).parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
KEPT = {
    "pico.css": ("lona_picocss", "static/lona-picocss/dist/pico/css/pico.min.css"),
    "htmx.js": ("django_htmx", "static/django_htmx/htmx-2.min.js"),
}


@view("/static/<name>", role=ANYBODY)
async def static(asked: Asked, name: str) -> HTTPResponse:
    """Return a file, or 304 when the browser has it."""
    path = _paths().get(name)
    if path is None:
        raise Refused(404)
    plain, packed, tag = _content(path, path.stat().st_mtime_ns)
    headers = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    if asked.request.headers.get("If-None-Match") == tag:
        return response.empty(304, headers=headers)
    if "gzip" in asked.request.headers.get("Accept-Encoding", ""):
        headers["Content-Encoding"] = "gzip"
        plain = packed
    return response.raw(plain, headers=headers, content_type=TYPES[path.suffix])


@lru_cache(maxsize=1)
def _paths() -> dict[str, Path]:
    ours = {path.name: path for path in OURS.iterdir() if path.suffix in TYPES}
    return ours | {name: _folder(package) / path for name, (package, path) in KEPT.items()}


def _folder(package: str) -> Path:
    """Return a package's folder without importing it."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"{package} is not installed; run make setup")
    return Path(spec.submodule_search_locations[0])


@lru_cache(maxsize=32)
def _content(path: Path, _changed: int) -> tuple[bytes, bytes, str]:
    plain = path.read_bytes()
    return plain, gzip.compress(plain, mtime=0), f'W/"{hashlib.sha256(plain).hexdigest()[:20]}"'
