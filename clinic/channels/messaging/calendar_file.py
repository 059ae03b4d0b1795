"""The calendar file of an appointment as a document, or as a link where a platform refuses it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import aiohttp

from clinic.booking.model import AppointmentNotFound
from clinic.booking.visits import visit
from clinic.channels.messaging.platform import Content, Never
from clinic.channels.messaging.spoken import Spoken, written
from clinic.database import database
from clinic.settings import clinic

NAME, TYPE = "appointment.ics", "text/calendar"
logger = logging.getLogger(__name__)


def of(reference: str) -> bytes | None:
    """Return an appointment's calendar file, or None where the appointment is no longer there."""
    from clinic.booking import calendar, entries  # noqa: PLC0415 (9 MB that the assistant may never need)

    try:
        found = visit(database(), reference)
    except AppointmentNotFound:
        return None
    return calendar.invitation(entries.for_client(found, clinic()), clinic().zone)


def document(said: Spoken, content: Content, rendered: Callable[[Spoken], list[Content]]) -> list[Content]:
    """Return the message that carries the file of what was said, with the link in words to fall back to.

    Args:
        said: What was said; where it has no calendar file there is no message.
        content: The message as the platform takes it, but for the file.
        rendered: The platform's own rendering, for the link.

    """
    if not said.booking or not said.calendar:
        return []
    (otherwise,) = rendered(Spoken(written("", [said.calendar])))
    return [content | {"booking": said.booking, "otherwise": otherwise}]


def added_to(form: aiohttp.FormData, field: str, file: bytes) -> aiohttp.FormData:
    """Return a form with the file in it."""
    form.add_field(field, file, filename=NAME, content_type=TYPE)
    return form


async def send(
    content: Content,
    with_file: Callable[[bytes], Awaitable[str]],
    plain: Callable[[Content], Awaitable[str]],
) -> str:
    """Send a message, with the file where it has one; return the platform's name of it.

    Args:
        content: Any message; one that ``document`` made goes as a link where the platform refuses the file.
        with_file: Sends the file.
        plain: Sends a message without one.

    Raises:
        NotNow: as the platform says.
        Never: it is refused, the link as well; or the appointment is no longer there.

    """
    if "booking" not in content:
        return await plain(content)
    file = await asyncio.to_thread(of, content["booking"])
    if file is None:
        raise Never("the appointment is no longer there")
    try:
        return await with_file(file)
    except Never as refusal:
        if refusal.stopped or "otherwise" not in content:
            raise
        logger.info("A calendar file was refused (%s): its link is sent.", refusal)
    return await plain(content["otherwise"])
