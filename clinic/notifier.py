"""The process that sends e-mails, reminds in chats and keeps calendars in step: python -m clinic.notifier.

What is not set up is not done, and said once. What fails is tried again, with pauses that grow to five
minutes; it is logged when it begins and when it is over, without a name or an address. Several of these
processes may run side by side: the database lets each e-mail go out once.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import traceback
from collections.abc import Callable
from threading import Event, Thread

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from clinic.database import busy_times, calendar_copies, database
from clinic.serving import notify
from clinic.settings import ClinicFile, ClinicFileError, clinic, environment, now

EVERY, LONGEST = 5.0, 300.0  # seconds between two rounds, and after failures
CALENDARS_EVERY = 60.0  # seconds between two readings of busy times
logger = logging.getLogger("clinic.notifier")


class Away(Exception):
    """A server that cannot be used now."""


def main() -> None:
    """Work until told to stop; what is being sent is finished first."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    stop = Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    logger.info(about_mail())
    logger.info(about_calendars(clinic()))
    threads = [
        Thread(target=repeat, args=(stop, "the mail server", mail_round, EVERY)),
        Thread(target=repeat, args=(stop, "the chats", chat_round, EVERY)),
        Thread(target=repeat, args=(stop, "the calendar server", publish_round, EVERY)),
        Thread(target=repeat, args=(stop, "the calendar server (busy times)", busy_round, CALENDARS_EVERY)),
    ]
    Thread(target=lambda: asyncio.run(notify.keep_telling()), daemon=True).start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def about_mail() -> str:
    """Return whether e-mails are sent, in one line."""
    mail = environment().mail
    return f"E-mails: sent through {mail.host}." if mail else "E-mails: none are sent (MAIL_HOST is not set)."


def about_calendars(settings: ClinicFile) -> str:
    """Return which calendars are kept in step, in one line."""
    published = [p.name for p in settings.practitioners if p.calendar]
    read = [p.name for p in settings.practitioners if p.calendar or p.busy_calendars]
    if not read:
        return "Calendars: none (no practitioner in clinic.yml has a calendar)."
    return f"Calendars: appointments of {_list(published)}; busy times of {_list(read)}."


def repeat(stop: Event, whose: str, work: Callable[[], None], every: float) -> None:
    """Call ``work`` again and again until ``stop``; a failure ends neither this nor the process."""
    pause, trouble = every, ""
    while not stop.is_set():
        try:
            work()
        except Exception as error:  # noqa: BLE001 (one bad round must not end the notifier)
            news, pause = _described(error, whose), min(max(pause, every) * 2, LONGEST)
        else:
            news, pause = "", every
        if news != trouble:
            logger.warning(news or f"Back to normal: {whose}.")
        trouble = news
        stop.wait(pause)


def mail_round() -> None:
    """Send what is due. Raises Away."""
    mail = environment().mail
    if not mail:
        return
    from clinic.booking.notify.mail import ServerAway  # noqa: PLC0415 (only where it is set up)
    from clinic.booking.notify.post import send_due  # noqa: PLC0415

    try:
        send_due(database(), mail, clinic(), now())
    except ServerAway as away:
        raise Away(str(away)) from None


def chat_round() -> None:
    """Tell people on messaging platforms of reminders and changes; the assistant delivers it."""
    if not environment().channels:
        return
    from clinic.booking.notify.chat import tell_due  # noqa: PLC0415 (only where it is set up)

    tell_due(database(), clinic(), now())


def publish_round() -> None:
    """Write changed appointments into the practitioners' calendars. Raises Away."""
    from clinic.booking.caldav import publish  # noqa: PLC0415

    _with_calendars(publish.publish)


def busy_round() -> None:
    """Read the practitioners' busy times. Raises Away."""
    from clinic.booking.caldav import busy  # noqa: PLC0415

    _with_calendars(busy.take_busy_times)


def _with_calendars(work: Callable[..., object]) -> None:
    if not _has_calendars():
        return
    from clinic.booking.caldav.client import CalendarAway, Calendars  # noqa: PLC0415

    try:
        with Calendars(environment().caldav_login) as calendars:
            work(database(), calendars, clinic(), now())
    except CalendarAway as away:
        raise Away(str(away)) from None


def _has_calendars() -> bool:
    """Say whether there are calendars to keep in step, or some left from before to tidy up."""
    if any(p.calendar or p.busy_calendars for p in clinic().practitioners):
        return True
    left = sa.select(sa.or_(sa.exists(sa.select(calendar_copies)), sa.exists(sa.select(busy_times))))
    with database().connect() as connection:
        return bool(connection.execute(left).scalar())


def _described(error: Exception, whose: str) -> str:
    """Return what has gone wrong in one line that names nobody."""
    if isinstance(error, Away):
        return f"Trouble with {whose}: {error}. Nothing is lost; it is tried again."
    if isinstance(error, SQLAlchemyError):
        return f"Trouble with the database: {type(error).__name__}. It is tried again."
    if isinstance(error, ClinicFileError | ValueError):
        return f"Trouble with the settings: {error}"
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"Trouble: {type(error).__name__} in {place.filename}, line {place.lineno}. It is tried again."


def _list(names: list[str]) -> str:
    return " and ".join(names) or "nobody"


if __name__ == "__main__":
    main()
