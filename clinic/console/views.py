"""Views: the only way to add a page or an action to the console, and what stands before each of them.

A view is a function of a feature's file that says who may use it::

    @view("/bookings", role="viewer", menu="Bookings")
    def bookings(asked: Asked) -> HTTPResponse:
        rows = asked.connection.execute(sa.select(…)).all()
        return page(asked, "bookings/list.html", rows=rows)

It runs in a thread, in one transaction that is committed when it returns and rolled back when it raises.
An ``async def`` view (a stream, a slow call) runs on the event loop instead, without a connection; one for
anybody does not even ask who it is.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from sanic import Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from clinic.console import sessions
from clinic.console.refused import Refused
from clinic.console.roles import ANYBODY, ROLES, Staff
from clinic.database import database

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
HOME = "/"


@dataclass
class Asked:
    """What a view is given.

    Attributes:
        request: Sanic's.
        staff: Who asks; None only in views for anybody.
        at: The real time, aware (sessions and codes go by it; the clinic's clock is clinic.settings.now).
        transaction: Where the view works; None in an async one.

    """

    request: Request
    staff: Staff | None
    at: datetime
    transaction: Connection | None = None

    @property
    def connection(self) -> Connection:
        """The view's transaction."""
        assert self.transaction is not None, "an async view opens its own"
        return self.transaction

    @property
    def me(self) -> Staff:
        """Who asks, in a view that needs a log-in."""
        assert self.staff is not None, "this view is for anybody"
        return self.staff

    def argument(self, name: str) -> str:
        """Return a value of the address's query, or an empty text."""
        return _clean(self.request.args.get(name))

    def field(self, name: str) -> str:
        """Return a field of the form, or an empty text."""
        return _clean((self.request.form or {}).get(name))

    def secret(self, name: str) -> str:
        """Return a field exactly as it was typed: a password may begin with a space."""
        return str((self.request.form or {}).get(name) or "")

    def number(self, name: str) -> int:
        """Return a field of the form or the query that is a number. Raises Refused (400)."""
        text = self.field(name) or self.argument(name)
        if not (text.isascii() and text.isdecimal() and len(text) <= 9):  # noqa: PLR2004 (fits an integer)
            raise Refused(400)
        return int(text)


@dataclass(frozen=True)
class View:
    """A registered view; ``menu`` is its entry in the navigation, if it has one."""

    path: str
    role: str
    methods: tuple[str, ...]
    answer: Callable[..., Any]
    menu: str | None = None


VIEWS: list[View] = []


def view(path: str, *, role: str, methods: tuple[str, ...] = ("GET",), menu: str | None = None) -> Any:
    """Register a view. ``role`` is the least that may use it, or ANYBODY.

    Parts of the path in angle brackets (``/bookings/<number:int>``) are arguments of the function.
    """
    if role not in (*ROLES, ANYBODY):
        raise ValueError(f"{role!r} is no role")

    def register(answer: Callable[..., Any]) -> Callable[..., Any]:
        VIEWS.append(View(path, role, methods, answer, menu))
        return answer

    return register


def add_routes(app: Sanic) -> None:
    """Add every registered view to the application."""
    for number, one in enumerate(VIEWS):
        app.add_route(_handler(one), one.path, methods=one.methods, name=f"view{number}")


def _handler(one: View) -> Callable[..., Any]:
    async def handle(request: Request, **parts: Any) -> Any:
        if not inspect.iscoroutinefunction(one.answer):
            return await asyncio.to_thread(_answer, one, request, parts)
        if one.role == ANYBODY:  # a file, a sign of life: they are served while the database is away
            return await one.answer(Asked(request, None, datetime.now(UTC)), **parts)
        asked = await asyncio.to_thread(_admit, one, request)
        return await one.answer(asked, **parts) if isinstance(asked, Asked) else asked

    return handle


def _answer(one: View, request: Request, parts: dict[str, Any]) -> HTTPResponse:
    asked = _admit(one, request)
    if not isinstance(asked, Asked):
        return asked
    with database().begin() as asked.transaction:
        return one.answer(asked, **parts)


def _admit(one: View, request: Request) -> Asked | HTTPResponse:
    """Return what the view is given, or the way to the log-in. Raises Refused (403).

    That somebody was seen is noted before the view's transaction: it may open others, and SQLite lets one
    write at a time.
    """
    at = datetime.now(UTC)
    with database().begin() as connection:
        who = sessions.who(connection, request.cookies.get(sessions.cookie_name()), at)
    if who is None and one.role != ANYBODY:
        return _to_log_in(request)
    if who is not None and not who.may(one.role):
        raise Refused(403)
    return Asked(request, who, at)


def _to_log_in(request: Request) -> HTTPResponse:
    """Send the browser to the log-in, and from there back to the page it asked for."""
    wanted = request.path if request.method in SAFE and "HX-Request" not in request.headers else HOME
    if request.query_string and wanted != HOME:
        wanted += f"?{request.query_string}"
    address = "/login" if wanted == HOME else f"/login?next={quote(wanted, safe='')}"
    if "HX-Request" in request.headers:  # the whole page goes there, not the part that was asked for
        return response.empty(401, headers={"HX-Redirect": address})
    return response.redirect(address, status=303)


def _clean(value: Any) -> str:
    return str(value or "").replace("\0", "").strip()
