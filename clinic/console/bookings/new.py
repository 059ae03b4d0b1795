"""Booking for somebody on the phone."""

from __future__ import annotations

import asyncio
import re
import secrets

import phonenumbers
from sanic.response import HTTPResponse
from sqlalchemy.engine import Engine

from clinic.booking import store
from clinic.booking.model import Service, SlotTaken
from clinic.booking.records import Appointment, By, Client, made_with
from clinic.console.bookings import times
from clinic.console.bookings.calendar import day_of
from clinic.console.bookings.changes import TAKEN, first_free, witness_of
from clinic.console.pages import page, see_other
from clinic.console.refused import Refused
from clinic.console.views import Asked, view
from clinic.database import database
from clinic.settings import clinic, now

EMAIL = re.compile(r"[\w.+'-]+@[\w-]+(\.[\w-]+)+")
LONGEST_NAME, LONGEST_CONTACT, LONGEST_NOTE = 200, 200, 500


@view("/bookings/new", role="reviewer")
def ask(asked: Asked) -> HTTPResponse:
    """Offer the free times of a service (?service=, ?practitioner=, ?from=)."""
    rules = times.diary()
    names = [service.name for service in rules.services]
    service = asked.argument("service") if asked.argument("service") in names else names[0]
    practitioner = asked.argument("practitioner")
    free = times.free_days(database(), service, day_of(asked.argument("from")), practitioner)
    return page(
        asked,
        "bookings/new.html",
        services=names,
        service=service,
        practitioner=practitioner,
        practitioners=[p.name for p in rules.practitioners],
        first=asked.argument("from") or rules.today(now()),
        days=times.choices(free),
        later=free.later,
        key=secrets.token_urlsafe(16),
    )


@view("/bookings/new", role="reviewer", methods=("POST",))
async def book(asked: Asked) -> HTTPResponse:
    """Book the chosen time; pressing twice books once."""
    return await asyncio.to_thread(_book, asked)


def _book(asked: Asked) -> HTTPResponse:
    service = next((s for s in times.diary().services if s.name == asked.field("service")), None)
    key = asked.field("key")
    if service is None or not re.fullmatch(r"[\w-]{10,64}", key):
        raise Refused(400)
    client, engine = _client(asked), database()
    key = f"console:{asked.me.id}:{key}"
    by = By(key, now(), f"staff:{asked.me.name}", witness_of(asked.me, "booked appointment"))
    try:
        _take(asked, engine, service, client, by)
    except SlotTaken:
        if not made_with(engine, key):
            raise Refused(409, TAKEN) from None
    made = made_with(engine, key)
    if made is None:
        raise Refused(409, TAKEN)
    return see_other(f"/bookings/{made.reference}?done=booked")


def _take(asked: Asked, engine: Engine, service: Service, client: Client, by: By) -> None:
    """Book. Raises SlotTaken, or Refused (403) for a time outside of the free ones."""
    notes = asked.field("notes")[:LONGEST_NOTE] or None

    def take(slot: object) -> Appointment:
        return store.book(engine, slot, service.name, client, by, notes=notes)  # type: ignore[arg-type]

    if not asked.field("anyway"):
        take(times.chosen(engine, service.name, asked.field("start")))
        return
    if not asked.me.may("manager"):
        raise Refused(403)
    first_free(service.name, times.anyway(asked, service.minutes), take)


def _client(asked: Asked) -> Client:
    """Return who comes. Raises Refused (400) for what cannot reach anybody."""
    name, email = asked.field("name"), asked.field("email").lower()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise Refused(400, "A name is needed. Go back and fill it in.")
    if email and not _is_email(email):
        raise Refused(400, "That is no e-mail address. Go back and change it.")
    phone = _phone(asked.field("phone"))
    if not (phone or email):
        raise Refused(400, "A phone number or an e-mail address is needed. Go back and fill one in.")
    return Client(name, phone or email, email or None)


def _is_email(text: str) -> bool:
    return len(text) <= LONGEST_CONTACT and bool(EMAIL.fullmatch(text))


def _phone(text: str) -> str | None:
    """Return a number as E.164, or None for none. Raises Refused (400)."""
    if not text:
        return None
    try:
        number = phonenumbers.parse(text, clinic().country)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise Refused(400, "That is no phone number. Go back and change it.")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
