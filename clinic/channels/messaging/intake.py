"""Taking in what a platform tells: each message once, with the conversation it belongs to."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine

from clinic.channels import door
from clinic.channels.messaging import deliveries, wording
from clinic.channels.messaging.incoming import Heard, short_id
from clinic.channels.messaging.platform import Platform
from clinic.channels.messaging.spoken import Spoken, choices, place_of
from clinic.conversation.history import said_of, since_last_word
from clinic.conversation.tables import deliveries as delivery_rows
from clinic.conversation.tables import messaged
from clinic.database import received_messages
from clinic.settings import clinic

STOP = frozenset("stopall unsubscribe optout opt-out".split()) | {"opt out", "no more messages"}
SHORT_STOP = frozenset("stop end quit".split())
START = frozenset("start unstop".split())
NUMBER = re.compile(r"(?:number|option|no\.?)?\s*(\d\d?)\s*[.)]?", re.IGNORECASE)


def conversation_of(platform: Platform, chat: str) -> str:
    """Return the conversation with a person."""
    return f"{platform.name}:{chat}"


def take_in(engine: Engine, platform: Platform, heard: list[Heard]) -> list[str]:
    """Note messages, all or none; a message that is known already is not noted again.

    Returns:
        The conversations that have something new, in the order of their messages.

    """
    at = datetime.now(UTC)
    prepared = [_row(engine, platform, one, at + timedelta(microseconds=n)) for n, one in enumerate(heard)]
    with engine.begin() as connection:
        new = []
        for one, row in zip(heard, prepared, strict=True):
            if _added(connection, received_messages, row):
                _keep_conversation(connection, platform, one, row, at)
                new.append(row["conversation"])
    return list(dict.fromkeys(new))


def stop(engine: Engine, conversation: str, stopped: bool) -> None:
    """Note that a person wants no more messages, or wants them again."""
    with engine.begin() as connection:
        at = datetime.now(UTC) if stopped else None
        mine = messaged.c.conversation == conversation
        connection.execute(messaged.update().where(mine).values(stopped_at=at))


def _row(engine: Engine, platform: Platform, heard: Heard, at: datetime) -> dict[str, Any]:
    conversation = conversation_of(platform, heard.chat)
    words, kind = _words(engine, platform, conversation, heard)
    return {
        "channel": platform.name,
        "message_id": short_id(heard.id),
        "conversation": conversation,
        "received_at": at,
        "words": words,
        "kind": kind,
    }


def _words(engine: Engine, platform: Platform, conversation: str, heard: Heard) -> tuple[str, str | None]:
    """Return the words that the assistant is told, and the kind where there is something else to say."""
    text = _storable(heard.words)
    chosen = _pressed(engine, conversation, heard.choice) if heard.choice else None
    if platform.numbered and not heard.kind:
        chosen = chosen or _by_number(engine, conversation, text)
    if chosen:
        return chosen, None
    if heard.kind:
        return text[: door.LONGEST_TEXT], heard.kind
    if len(text) > door.LONGEST_TEXT:
        return "", "too_long"
    if not text:
        return "", "other"
    asked = asked_for(platform, text)
    if asked == "started" and not _is_stopped(engine, conversation):
        asked = None  # a word like any other
    return door.plain(text), asked


def _is_stopped(engine: Engine, conversation: str) -> bool:
    query = sa.select(messaged.c.stopped_at).where(messaged.c.conversation == conversation)
    with engine.connect() as connection:
        return connection.execute(query).scalar() is not None


def asked_for(platform: Platform, text: str) -> str | None:
    """Return "stopped" or "started" where a message says that and nothing else."""
    word = text.strip(" .!\"'").lower()
    if word in STOP or (platform.short_stop and word in SHORT_STOP):
        return "silent_stop" if platform.short_stop else "stopped"
    return "started" if word in START else None


def _pressed(engine: Engine, conversation: str, key: str) -> str | None:
    """Return what a button of this conversation says, or None where it has no such button."""
    place = place_of(key)
    said = said_of(engine, conversation, place[0]) if place else None
    offered = choices(said) if said else []
    return offered[place[1]].payload if place and place[1] < len(offered) else None


def _by_number(engine: Engine, conversation: str, text: str) -> str | None:
    """Return the choice that a number stands for, of those that were offered last."""
    number = NUMBER.fullmatch(text)
    if not number:
        return None
    offered = [found for said in since_last_word(engine, conversation) if (found := choices(said))]
    last, at = offered[-1] if offered else [], int(number[1])
    return last[at - 1].payload if 0 < at <= len(last) else None


def _storable(text: str) -> str:
    """Return a text without what no database stores, as the door does for the widget."""
    return text.replace("\0", "").encode("utf-8", "replace").decode().strip()


def _keep_conversation(
    connection: Connection, platform: Platform, heard: Heard, row: dict[str, Any], at: datetime
) -> None:
    """Make the conversation's row where it is missing, with the words before the first reply."""
    conversation, spoken_at = row["conversation"], min(heard.at or at, at)
    values = {
        "conversation": conversation,
        "channel": platform.name,
        "recipient": heard.chat,
        "through": heard.through,
        "last_event": 0,
        "heard_at": spoken_at,
    }
    if _added(connection, messaged, values):
        text = wording.introduction(clinic())
        first = platform.rendered(Spoken(text))
        rows = [
            deliveries.row(conversation, 0, part, platform.name, content, at)
            for part, content in enumerate(first)
        ]
        connection.execute(delivery_rows.insert(), rows)
        return
    mine = messaged.c.conversation == conversation
    changed = {"heard_at": spoken_at, "through": heard.through}
    if row["kind"] in {"stopped", "silent_stop"}:
        changed["stopped_at"] = at
    elif row["kind"] == "started" or not platform.short_stop:
        changed["stopped_at"] = None  # whoever writes wants an answer
    connection.execute(messaged.update().where(mine, messaged.c.heard_at <= spoken_at).values(**changed))


def _added(connection: Connection, table: sa.Table, values: dict[str, Any]) -> bool:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return bool(connection.execute(dialect.insert(table).values(values).on_conflict_do_nothing()).rowcount)
