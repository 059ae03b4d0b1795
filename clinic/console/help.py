"""The page that lists the keys and what each role may do."""

from __future__ import annotations

from sanic.response import HTTPResponse

from clinic.console.pages import page
from clinic.console.roles import MEANINGS
from clinic.console.views import Asked, view


@view("/help", role="viewer", menu="Help")
def show(asked: Asked) -> HTTPResponse:
    """Show the page. A feature adds its keys to templates/help/keys.html."""
    return page(asked, "help/help.html", meanings=MEANINGS)
