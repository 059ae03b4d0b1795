"""What stands before and after every request: no other site's requests, strict headers, plain errors."""

from __future__ import annotations

import logging

from sanic import Sanic, response
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import BaseHTTPResponse, HTTPResponse
from sqlalchemy.exc import SQLAlchemyError

from clinic.console.pages import render
from clinic.console.refused import Refused
from clinic.console.views import SAFE

LARGEST_BODY = 1024 * 1024  # bytes
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # no-referrer would make a form's Origin "null"
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
logger = logging.getLogger(__name__)


def install(app: Sanic) -> None:
    """Guard a whole application."""
    app.config.REQUEST_MAX_SIZE = LARGEST_BODY
    app.register_middleware(_check_site, "request")
    app.register_middleware(_add_headers, "response")
    app.exception(Exception)(_failed)


def is_from_here(method: str, site: str | None, origin: str | None, host: str | None) -> bool:
    """Say whether a request may change something: it must come from a page of this console.

    Args:
        method: The request's; a safe one may come from anywhere, as it changes nothing.
        site: Its Sec-Fetch-Site, which every current browser sends over https and on this machine.
        origin: Its Origin, which browsers send with every form; it decides where the first is missing.
        host: Its Host.

    """
    if method in SAFE:
        return True
    if site is not None:
        return site == "same-origin"
    return bool(host) and origin in {f"https://{host}", f"http://{host}"}


async def _check_site(request: Request) -> None:
    headers = request.headers
    site, origin, host = (headers.get(name) for name in ("Sec-Fetch-Site", "Origin", "Host"))
    if not is_from_here(request.method, site, origin, host):
        raise Refused(
            403, "This form was sent from another site, or by a browser that does not say from where."
        )


async def _add_headers(_request: Request, answer: BaseHTTPResponse) -> None:
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)


async def _failed(request: Request, error: Exception) -> HTTPResponse:
    """Answer whatever went wrong; nothing of the request or of the error's own message is repeated."""
    refused = error if isinstance(error, Refused) else _refused(error)
    template = "part_refused.html" if "HX-Request" in request.headers else "refused.html"
    return response.html(render(None, template, refused=refused), status=refused.status)


def _refused(error: Exception) -> Refused:
    if isinstance(error, SanicException):
        return Refused(int(getattr(error, "status_code", None) or 500))
    if isinstance(error, SQLAlchemyError):
        logger.error("The database cannot be used: %s", type(error).__name__)
        return Refused(503)
    logger.error("A view failed.", exc_info=error)
    return Refused(500)
