"""The e-mails' words, from the templates in letters/: the first line is the subject."""

from __future__ import annotations

import hashlib
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from clinic.booking import calendar, entries, links
from clinic.booking.notify.outbox import CLIENT, Due
from clinic.booking.visits import Visit
from clinic.booking.wording import say_contact, say_time
from clinic.settings import ClinicFile, environment
from clinic.settings.environment import PROJECT
from clinic.settings.wording import contact

FOLDER = PROJECT / "clinic" / "booking" / "notify" / "letters"
WITH_FILE = frozenset({"confirmed", "moved", "cancelled"})  # letters that change the client's calendar
HEADINGS = {
    "requested": "A visitor asks for an appointment",
    "confirmed": "A visitor has booked an appointment",
    "moved": "A visitor has moved an appointment",
    "cancelled": "A visitor has cancelled an appointment",
}


class CannotAddress(Exception):
    """An e-mail address that is none."""


def letter(one: Due, visit: Visit, clinic: ClinicFile, sender: str, now: datetime) -> EmailMessage:
    """Return the e-mail.

    Args:
        one: What is to be told, and whom.
        visit: The appointment as it is.
        clinic: The clinic's settings.
        sender: The address it comes from.
        now: Aware current time.

    Raises:
        CannotAddress: the recipient's address is none.

    """
    to_client = one.audience == CLIENT
    to = visit.email if to_client else staff_address(clinic)
    message = EmailMessage()
    message["From"] = _address(clinic.name, sender)
    message["To"] = _address(visit.name if to_client else clinic.name, to or "")
    if to_client and clinic.contact.email and clinic.contact.email != sender:
        message["Reply-To"] = _address(clinic.name, clinic.contact.email)
    subject, text = _words(one, visit, clinic)
    message["Subject"] = subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{identity(one)}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday notice comes back
    message.set_content(text)
    if to_client and one.kind in WITH_FILE:
        _attach(message, calendar.invitation(entries.for_client(visit, clinic, sender), clinic.zone))
    return message


def staff_address(clinic: ClinicFile) -> str | None:
    """Return where the clinic's staff is told of bookings, or None."""
    return clinic.booking.staff_email or clinic.contact.email


def identity(one: Due) -> str:
    """Return the same name for the same e-mail, however often it is written: a mailbox keeps one."""
    return hashlib.sha256(f"{one.event} {one.audience} {one.kind}".encode()).hexdigest()[:32]


def _words(one: Due, visit: Visit, clinic: ClinicFile) -> tuple[str, str]:
    name = one.kind if one.audience == CLIENT or one.kind == "undeliverable" else "staff"
    values = {
        "visit": visit,
        "name": _one_line(visit.name),
        "clinic": clinic,
        "contact": contact(clinic),
        "when": say_time(visit.starts_at, clinic.zone),
        "manage": links.manage_url(visit.reference, visit.ends_at),
        "chat": f"{environment().public_url}/",
        "heading": HEADINGS.get(one.kind, ""),
        "reach": say_contact(visit.contact),
    }
    subject, _, text = _templates().get_template(f"{name}.txt").render(values).partition("\n")
    return _one_line(subject), text


def _address(name: str, address: str) -> Address:
    try:
        return Address(_one_line(name), addr_spec=address)
    except (ValueError, IndexError, UnicodeError) as error:  # IndexError: the parser's own, on an empty part
        raise CannotAddress from error


def _attach(message: EmailMessage, content: bytes) -> None:
    method = next(line.removeprefix("METHOD:") for line in content.decode().splitlines() if "METHOD:" in line)
    message.add_attachment(
        content.decode(),
        subtype="calendar",
        filename="appointment.ics",
        params={"method": method},
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


@lru_cache(maxsize=1)
def _templates() -> Any:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(default=False),  # plain text
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
