"""What a client answered, asked whether an appointment's reminders and changes shall come in this chat."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from clinic.booking.records import Appointment
from clinic.booking.wording import say_time
from clinic.conversation import joined
from clinic.conversation.history import insert_event
from clinic.conversation.tables import messaged
from clinic.settings import ClinicFile

LEFT = (
    "From now on, reminders and changes of the appointment on {when} (reference {reference}) come in another "
    "chat: that was asked for there, with the reference and the contact of the booking. If it was not you, "
    "please tell a person."
)
PERSON = {"title": "Talk to a person", "payload": "Talk to a person"}


def answered(
    engine: Engine,
    appointment: Appointment,
    conversation: str,
    clinic: ClinicFile,
    now: datetime,
    *,
    agreed: bool,
) -> None:
    """Keep the answer. After a yes, the chat that was told until now is told so, and nothing more.

    Args:
        engine: The database.
        appointment: Which their reference and contact opened.
        conversation: Where they were asked.
        clinic: The clinic's settings.
        now: Aware current time.
        agreed: Whether they said yes.

    """
    with engine.begin() as connection:
        before = joined.told_of(connection, appointment.id)
        joined.keep(connection, appointment.id, conversation, agreed=agreed, at=now)
        if agreed and before and before != conversation and _is_messaged(connection, before):
            insert_event(connection, before, _event(appointment, clinic, now))


def _is_messaged(connection: Connection, conversation: str) -> bool:
    query = sa.select(sa.exists().where(messaged.c.conversation == conversation))
    return bool(connection.execute(query).scalar())


def _event(appointment: Appointment, clinic: ClinicFile, now: datetime) -> dict[str, Any]:
    """Return rasa.shared.core.events.BotUttered as its dictionary."""
    when = say_time(appointment.slot.start, clinic.zone)
    return {
        "event": "bot",
        "timestamp": now.timestamp(),
        "text": LEFT.format(when=when, reference=appointment.reference),
        "data": {"buttons": [PERSON]},
        "metadata": {"utter_action": "utter_appointment_told_elsewhere"},
    }
