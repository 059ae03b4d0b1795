"""Whether a client is told by e-mail or in their chat: whatever comes up once, where it can reach them.

In the chat, where there is one that takes messages now; by e-mail otherwise. Confirmations go by e-mail
as well, with the calendar file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from clinic.conversation.joined import told_in
from clinic.conversation.tables import messaged
from clinic.database import appointments
from clinic.settings import ClinicFile, environment

BOTH = frozenset({"requested", "confirmed"})  # what goes by e-mail though a chat reaches them
WINDOW = timedelta(hours=24)  # as clinic.channels: how long after their last message some may be written to


@dataclass(frozen=True)
class Chat:
    """The chat in which a client is told of an appointment.

    Attributes:
        conversation: Its name.
        heard_at: When they last wrote.
        is_open: Whether they may be written to whenever that was.
        stopped_at: When they asked for no more messages, or None.

    """

    conversation: str
    heard_at: datetime
    is_open: bool
    stopped_at: datetime | None

    def reaches(self, at: datetime) -> bool:
        """Say whether what came up at a time may be told here."""
        wanted = self.stopped_at is None or self.stopped_at > at
        return wanted and (self.is_open or self.heard_at > at - WINDOW)


def chats(connection: Connection, clinic: ClinicFile, appointment_ids: Iterable[int]) -> dict[int, Chat]:
    """Return the chats of appointments, by the appointments' ids, on channels that are switched on."""
    told = messaged.c.conversation == told_in()
    query = (
        sa.select(appointments.c.id, messaged)
        .select_from(appointments.join(messaged, told))
        .where(appointments.c.id.in_(set(appointment_ids)))
        .where(messaged.c.channel.in_(tuple(environment().channels)))
    )
    found = {}
    for row in connection.execute(query):
        always = is_open(clinic, row.channel, row.recipient)
        found[row.id] = Chat(row.conversation, row.heard_at, always, row.stopped_at)
    return found


def is_open(clinic: ClinicFile, channel: str, recipient: str) -> bool:
    """Say whether somebody may be written to whenever they last wrote, be it in a template of clinic.yml."""
    templates: dict[str, Any] = {"whatsapp": clinic.channels.whatsapp, "twilio": clinic.channels.twilio}
    sms = channel == "twilio" and not recipient.startswith("whatsapp:")
    return channel == "telegram" or sms or templates.get(channel) is not None


def by_mail(chat: Chat | None, kind: str, at: datetime) -> bool:
    """Say whether a client with an e-mail address is told something by e-mail."""
    return kind in BOTH or chat is None or not chat.reaches(at)


def in_chat(chat: Chat | None, at: datetime, email: str | None) -> bool:
    """Say whether a client is told something in their chat.

    Where the chat cannot reach them and no e-mail can, it is tried all the same, and the staff learns of it.
    """
    if chat is None or chat.stopped_at:
        return False
    return chat.reaches(at) or not email or environment().mail is None
