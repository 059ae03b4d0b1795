"""The pages behind a manage link: they show an appointment, move it or cancel it, without a log-in.

Plain forms, no script. Reading a page changes nothing, so that a mail program that looks ahead does
no harm; the token in address and form is what nobody else can know.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy.exc import SQLAlchemyError

from clinic.booking import links, manage
from clinic.booking.diary import diary_of
from clinic.booking.links import LinkExpired, LinkInvalid
from clinic.booking.manage import CannotChange, ChangedMeanwhile
from clinic.booking.model import AppointmentNotFound, SlotTaken
from clinic.booking.visits import Visit, visit
from clinic.booking.wording import say_day, say_time
from clinic.channels.appointment_calendars import calendar_file, feed
from clinic.channels.appointment_template import FOLDER, HEADERS, PREFIX, home, page
from clinic.database import database
from clinic.settings import clinic, environment, now

NOTES = {
    "moved": "Your appointment has been moved.",
    "cancelled": "Your appointment has been cancelled.",
    "changed": "This appointment was changed meanwhile. This is how it stands now.",
}
LONGEST_NUMBER = 9  # digits of a version
logger = logging.getLogger(__name__)


class AppointmentPages(InputChannel):
    """``clinic.channels.appointment_pages.AppointmentPages:`` in credentials.yml; it takes no messages."""

    @classmethod
    def name(cls) -> str:
        """See rasa.core.channels.InputChannel."""
        return "appointment_pages"

    def url_prefix(self) -> str:
        """Serve from /appointment instead of /webhooks/appointment_pages."""
        return PREFIX

    def blueprint(self, _on_new_message: Callable[..., Any]) -> Blueprint:
        """See rasa.core.channels.InputChannel."""
        blueprint = Blueprint("appointment_pages")
        blueprint.add_route(_style, "/style.css")
        blueprint.add_route(_calendar, "/calendar/<file>")
        blueprint.add_route(_feed, "/feed/<file>")
        blueprint.add_route(_show, "/<token>")
        blueprint.add_route(_choose, "/<token>/move")
        blueprint.add_route(_move, "/<token>/move", methods=["POST"], name="move")
        blueprint.add_route(_ask, "/<token>/cancel")
        blueprint.add_route(_cancel, "/<token>/cancel", methods=["POST"], name="cancel")
        return blueprint


async def _style(_request: Request) -> HTTPResponse:
    headers = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return await response.file(FOLDER / "style.css", headers=headers, mime_type="text/css")


async def _show(request: Request, token: str) -> HTTPResponse:
    return await _answered(show, token, request.args.get("done", ""))


async def _choose(request: Request, token: str) -> HTTPResponse:
    return await _answered(choose, token, request.args.get("from", ""))


async def _move(request: Request, token: str) -> HTTPResponse:
    return await _answered(move, token, _field(request, "version"), _field(request, "start"))


async def _ask(_request: Request, token: str) -> HTTPResponse:
    return await _answered(ask, token)


async def _cancel(request: Request, token: str) -> HTTPResponse:
    return await _answered(cancel, token, _field(request, "version"))


async def _calendar(_request: Request, file: str) -> HTTPResponse:
    return await _answered(calendar_file, file.removesuffix(".ics"))


async def _feed(_request: Request, file: str) -> HTTPResponse:
    return await _answered(feed, file.removesuffix(".ics"))


async def _answered(answer: Callable[..., HTTPResponse], *values: str) -> HTTPResponse:
    """Answer off the event loop; whatever goes wrong becomes a page that says what to do."""
    try:
        return await asyncio.to_thread(answer, *values)
    except LinkExpired:
        text = "Please use the link of your latest confirmation, or get in touch with the clinic."
        return page("message.html", 410, heading="This link has expired", text=text)
    except (LinkInvalid, AppointmentNotFound):
        text = "Please check that the whole address was copied, or get in touch with the clinic."
        return page("message.html", 404, heading="This link does not open an appointment", text=text)
    except CannotChange:
        text = "It can no longer be changed here. Please get in touch with the clinic."
        return page("message.html", 409, heading="This appointment cannot be changed", text=text)
    except SQLAlchemyError as error:
        logger.error("The database cannot be used: %s", type(error).__name__)  # noqa: TRY400 (no values in logs)
        text = "Nothing has been changed. Please try again in a moment."
        return page("message.html", 503, heading="Sorry, something went wrong on our side", text=text)


def show(token: str, done: str = "") -> HTTPResponse:
    """Return the page that shows an appointment, after a change with a note that says so."""
    found, at = _visit(token), now()
    return page(
        "show.html",
        note=NOTES.get(done, ""),
        changeable=manage.may_change(diary_of(clinic()), found, at),
        past=found.starts_at <= at,
        calendar=links.calendar_url(found.reference, found.ends_at),
        chat=f"{environment().public_url}/",
        **_named(found, token),
    )


def choose(token: str, first: str, problem: str = "", status: int = 200) -> HTTPResponse:
    """Return the page that offers other times, from the day ``first`` (ISO) on."""
    found, diary, at = _visit(token), diary_of(clinic()), now()
    start = max(_day(first, diary.today(at)), diary.today(at))
    times = manage.free_times(database(), diary, found, start, at)
    several = len(diary.practitioners) > 1
    days = [
        {
            "name": say_day(day),
            "only": slots[0].practitioner if several and len({s.practitioner for s in slots}) == 1 else None,
            "slots": [
                {
                    "value": f"{slot.start.isoformat()} {slot.practitioner}",
                    "clock": f"{slot.start.astimezone(diary.zone):%H:%M}",
                    "practitioner": slot.practitioner,
                }
                for slot in slots
            ],
        }
        for day, slots in times.days
    ]
    return page(
        "move.html",
        status,
        days=days,
        several=several,
        first=say_day(start),
        later=times.later,
        earlier=diary.today(at) if start > diary.today(at) else None,
        problem=problem,
        **_named(found, token),
    )


def move(token: str, version: str, start: str) -> HTTPResponse:
    """Move the appointment, and show it."""
    found, diary = _visit(token), diary_of(clinic())
    try:
        moment, practitioner = _chosen(start)
        manage.move(database(), diary, found, _number(version), moment, practitioner, now())
    except ChangedMeanwhile:
        return _shown(token, "changed")
    except SlotTaken:
        problem = "Sorry, that time has just been taken. Please choose another one."
        return choose(token, moment.astimezone(diary.zone).date().isoformat(), problem, 409)
    except (ValueError, OverflowError):
        return choose(token, "", "Please choose one of these times.", 400)
    return _shown(token, "moved")


def ask(token: str) -> HTTPResponse:
    """Return the page that asks whether to cancel."""
    found = _visit(token)
    if not manage.may_change(diary_of(clinic()), found, now()):
        raise CannotChange
    return page("cancel.html", **_named(found, token))


def cancel(token: str, version: str) -> HTTPResponse:
    """Cancel the appointment, and show it."""
    try:
        manage.cancel(database(), diary_of(clinic()), _visit(token), _number(version), now())
    except ChangedMeanwhile:
        return _shown(token, "changed")
    return _shown(token, "cancelled")


def _visit(token: str) -> Visit:
    return visit(database(), links.opened(token, links.MANAGE))


def _named(found: Visit, token: str) -> dict[str, Any]:
    when = say_time(found.starts_at, clinic().zone)
    return {"visit": found, "token": token, "page": f"{home()}/{token}", "when": when}


def _shown(token: str, done: str) -> HTTPResponse:
    """Send the browser on to the page (POST, redirect, GET), so that reloading repeats nothing."""
    address = f"{home()}/{token}?done={done}"
    return response.redirect(address, headers=HEADERS, status=303)


def _chosen(value: str) -> tuple[datetime, str]:
    """Return the start and the practitioner of a choice. Raises ValueError where it is none."""
    moment, _, practitioner = value.partition(" ")
    start = datetime.fromisoformat(moment)
    if start.tzinfo is None:
        raise ValueError("a time without a zone is none of ours")
    return start, practitioner


def _field(request: Request, name: str) -> str:
    return str((request.form or {}).get(name) or "")


def _number(text: str) -> int:
    """Return a version; what is none matches no appointment."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER else -1


def _day(text: str, default: date) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return default
