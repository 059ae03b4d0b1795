"""Sends what is due: one round of the notifier."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy.engine import Engine

from clinic.booking.notify import letters, outbox
from clinic.booking.notify.letters import CannotAddress, letter
from clinic.booking.notify.mail import MailServer, NeverTaken, NotNow, ServerAway
from clinic.booking.notify.outbox import CLIENT, STAFF, Due
from clinic.booking.visits import Visit, visits
from clinic.database import appointments
from clinic.settings import ClinicFile
from clinic.settings.environment import Mail

Clock = Callable[[], datetime]
logger = logging.getLogger(__name__)


def real_clock() -> datetime:
    """Return the real time, which pauses and claims go by even where CLINIC_NOW fixes the clinic's."""
    return datetime.now(UTC)


def send_due(engine: Engine, mail: Mail, clinic: ClinicFile, now: datetime, clock: Clock = real_clock) -> int:
    """Send everything that is due.

    Args:
        engine: The database.
        mail: The mail server.
        clinic: The clinic's settings.
        now: Aware current time by the clinic's clock.
        clock: Returns the real time.

    Returns:
        How many e-mails were handed over.

    Raises:
        ServerAway: the mail server cannot be used now; nothing is lost.

    """
    sender = sender_of(mail, clinic)
    reminder = timedelta(hours=clinic.booking.reminder_hours)
    staff = bool(letters.staff_address(clinic))
    outbox.fill(engine, clinic, now, clock(), staff=staff, reminder=reminder)
    sent = 0
    with MailServer(mail) as server:
        for one in outbox.due(engine, clock(), claim=str(uuid.uuid4())):
            try:
                sent += _send(engine, server, one, clinic, sender, now, clock)
            except ServerAway as away:
                outbox.postpone(engine, one, clock(), str(away))
                raise
    return sent


def sender_of(mail: Mail, clinic: ClinicFile) -> str:
    """Return the address that e-mails come from. Raises ValueError where there is none."""
    sender = mail.sender or clinic.contact.email
    if not sender:
        raise ValueError("e-mails need a sender: set MAIL_FROM, or contact's email in clinic.yml")
    return sender


def _send(
    engine: Engine,
    server: MailServer,
    one: Due,
    clinic: ClinicFile,
    sender: str,
    now: datetime,
    clock: Clock,
) -> bool:
    """Send one e-mail if it still says what is so; return whether it was handed over."""
    (visit,) = visits(engine, appointments.c.id == one.appointment_id)
    overtaken = _overtaken(one, visit, now)
    if overtaken:
        outbox.settle(engine, one, overtaken, now)
        return False
    try:
        server.deliver(letter(one, visit, clinic, sender, now))
    except NotNow as later:
        outbox.postpone(engine, one, clock(), str(later))
        return False
    except (NeverTaken, CannotAddress) as refusal:
        _refused(engine, one, str(refusal) or "no e-mail address", now, clock)
        return False
    outbox.settle(engine, one, "sent", now)
    return True


def _overtaken(one: Due, visit: Visit, now: datetime) -> str | None:
    """Return why an e-mail need not be sent any more: a later one says how things are, or it is too late."""
    if visit.starts_at <= now and one.kind != "undeliverable":
        return "too_late"
    if one.audience == CLIENT and (visit.sequence != one.sequence or not visit.email):
        return "superseded"
    return None


def _refused(engine: Engine, one: Due, why: str, now: datetime, clock: Clock) -> None:
    """Give an e-mail up; when it was for a client, the staff is asked to call."""
    outbox.settle(engine, one, "refused", now, why)
    logger.warning("An e-mail about an appointment was refused for good: %s", why)
    if one.audience == CLIENT:
        about = {"appointment_id": one.appointment_id, "sequence": one.sequence, "starts_at": one.starts_at}
        row = {"event": one.event, "audience": STAFF, "kind": "undeliverable"} | about
        outbox.add(engine, row, now, clock())
