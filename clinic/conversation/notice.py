"""The privacy notice: what this software keeps and what the clinic adds, versioned by its words.

A changed notice is a new version without anybody having to number it; the words of each version
that somebody accepted are kept beside the acceptance.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from clinic.database import accepted_notices, notices
from clinic.settings import ClinicFile, environment
from clinic.settings.wording import contact

# One paragraph a line. What it says of the software has to stay true of it.
OURS = """\
You are writing to {name}. A computer program (a bot) answers, not a person, \
unless the chat says that a person has joined.
We keep what you write here, what you are answered, and the times, so that the clinic can answer you. \
If you book an appointment or leave a message, we also keep the name and the contact details you give.
Please write only what is needed. The clinic's staff can read this chat, also what you tell of your health.
The chat is kept in the database of this chat's server. No cookies are used: your browser keeps a key \
to the chat, and what you have not sent yet, until you delete the chat.
You can download the chat, and delete it, in the chat's menu at any time. Appointments and messages \
for the staff are kept apart from it: ask the clinic to change or delete those.
The bot is no doctor and no emergency service. In an emergency call {emergency_number}."""


# Where messaging platforms are switched on.
MESSAGING = """\
If you write by SMS or in a messenger, that company passes your messages on to us and keeps them by its own \
rules. To have what is kept here deleted, ask the clinic."""


def text(clinic: ClinicFile) -> str:
    """Return the whole notice, one paragraph a line."""
    parts = [OURS.format(name=clinic.name, emergency_number=clinic.emergency_number)]
    parts.append(MESSAGING if environment().channels else "")
    parts.append((clinic.policies.privacy or "").strip())
    reach = contact(clinic)
    parts.append(f"Questions about your data: {reach}" if reach else "")
    return "\n".join(part for part in parts if part)


def version(clinic: ClinicFile) -> str:
    """Return the notice's version: the beginning of its SHA-256, in hexadecimal digits."""
    return hashlib.sha256(text(clinic).encode()).hexdigest()[:12]


def accept(engine: Engine, conversation: str, accepted: str, now: datetime) -> None:
    """Record that a visitor accepted a version; a repeat changes nothing."""
    row = {"conversation": conversation, "version": accepted, "accepted_at": now}
    try:
        with engine.begin() as connection:
            connection.execute(accepted_notices.insert().values(**row))
    except IntegrityError:
        return


def keep_wording(engine: Engine, clinic: ClinicFile, now: datetime) -> None:
    """Keep the words of the current version; a repeat changes nothing."""
    row = {"version": version(clinic), "text": text(clinic), "first_accepted_at": now}
    try:
        with engine.begin() as connection:
            connection.execute(notices.insert().values(**row))
    except IntegrityError:
        return


def has_accepted(engine: Engine, conversation: str, current: str) -> bool:
    """Say whether a visitor has accepted this version."""
    query = sa.select(accepted_notices.c.version).where(
        accepted_notices.c.conversation == conversation, accepted_notices.c.version == current
    )
    with engine.connect() as connection:
        return connection.execute(query).first() is not None
