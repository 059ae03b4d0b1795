"""Templates: what every page needs, the navigation, and how times are written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from sanic import response
from sanic.response import HTTPResponse

from clinic.console.views import VIEWS, Asked, View
from clinic.settings import ClinicFile, ClinicFileError, clinic

FOLDER = Path(__file__).parent / "templates"
FILTERS: dict[str, Callable[..., Any]] = {}  # a feature's own, added when it is imported
MENU = "Conversations Review Bookings Requests Numbers Training Staff Settings Privacy Audit Help".split()


def page(asked: Asked, template: str, status: int = 200, **values: Any) -> HTTPResponse:
    """Return a page, or a part of one for htmx, made from templates/<feature>/<name>.html."""
    return response.html(render(asked, template, **values), status=status)


def render(asked: Asked | None, template: str, **values: Any) -> str:
    """Return a template filled with values and with what every page needs."""
    staff = asked.staff if asked else None
    everywhere = {
        "staff": staff,
        "menu": [one for one in menu() if staff and staff.may(one.role)],
        "path": asked.request.path if asked else "",
        "clinic_name": name_of_clinic(),
    }
    return str(_templates().get_template(template).render(everywhere | values))


def see_other(address: str) -> HTTPResponse:
    """Send the browser on after a change (POST, redirect, GET), so that reloading repeats nothing."""
    return response.redirect(address, status=303)


def keep(asked: Asked, **changed: object) -> str:
    """Return the address of this page with its query, but for what is ``changed``: paging, filters."""
    query = {name: asked.argument(name) for name in asked.request.args} | changed
    return f"{asked.request.path}?{urlencode({name: value for name, value in query.items() if value != ''})}"


@lru_cache(maxsize=1)
def menu() -> tuple[View, ...]:
    """Return the views with an entry in the navigation, in MENU's order."""
    named = [one for one in VIEWS if one.menu]
    return tuple(sorted(named, key=lambda one: MENU.index(one.menu or "")))


def local(moment: datetime | None) -> str:
    """Return a time as the clinic's clock shows it, in a <time> element; nothing for none."""
    if moment is None:
        return ""
    text = f"{moment.astimezone(zone()):%-d %b %Y, %H:%M}"
    return Markup('<time datetime="{}">{}</time>').format(moment.isoformat(timespec="seconds"), text)


def name_of_clinic() -> str:
    """Return the clinic's name, as far as clinic.yml can be read."""
    settings = _clinic()
    return settings.name if settings else "Clinic"


def day(moment: datetime) -> str:
    """Return a time's date by the clinic's clock, as addresses have it."""
    return f"{moment.astimezone(zone()):%Y-%m-%d}"


def clock(moment: datetime) -> str:
    """Return a time of day by the clinic's clock."""
    return f"{moment.astimezone(zone()):%H:%M}"


def who(made_by: str) -> str:
    """Return who changed an appointment, as people say it: ``staff:Anna`` is Anna of the staff."""
    return f"{made_by.removeprefix('staff:')} (staff)" if made_by.startswith("staff:") else made_by


def zone() -> ZoneInfo:
    """Return the clinic's time zone, as far as clinic.yml can be read."""
    settings = _clinic()
    return settings.zone if settings else ZoneInfo("UTC")


def _clinic() -> ClinicFile | None:
    """Return the clinic's settings, or None while the file holds a mistake: the console shows which."""
    try:
        return clinic()
    except ClinicFileError:
        return None


@lru_cache(maxsize=1)
def _templates() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= FILTERS | {"local": local, "day": day, "clock": clock, "who": who}
    return templates
