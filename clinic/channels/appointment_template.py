"""The templates of the pages behind a manage link, and the headers that keep what they show private."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from sanic import response
from sanic.response import HTTPResponse

from clinic.settings import clinic, environment
from clinic.settings.environment import PROJECT
from clinic.settings.wording import contact

FOLDER = PROJECT / "clinic" / "channels" / "appointment"
PREFIX = "/appointment"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
}


def home() -> str:
    """Return the pages' path, with what a web server in front puts before it."""
    return f"{urlsplit(environment().public_url).path}{PREFIX}"


def page(template: str, status: int = 200, **values: Any) -> HTTPResponse:
    """Return a page made from a template, with what every page needs."""
    everywhere = {"clinic": clinic(), "contact": contact(clinic()), "home": home()}
    text = _templates().get_template(template).render(everywhere | values)
    return response.html(text, status=status, headers=HEADERS)


@lru_cache(maxsize=1)
def _templates() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 (when first needed)

    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
