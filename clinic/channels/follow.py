"""Follows the database, so that what any process writes reaches the streams that are open in this one.

PostgreSQL tells by LISTEN/NOTIFY, from triggers that a migration has made. SQLite counts the commits of other
connections (``PRAGMA data_version``), which costs microseconds. A stream looks for itself every ten
seconds as well, so a lost connection delays news and loses none.
"""

from __future__ import annotations

import logging
import select
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any

import psycopg2
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from clinic.conversation.tables import events
from clinic.database import staff_typing

Tell = Callable[[str | None], None]  # a conversation, or None: it may be any
SQLITE_SECONDS, POSTGRES_SECONDS, AFTER_FAILURE_SECONDS = 0.2, 2.0, 1.0
CHANNEL = "clinic_conversation"  # as the migration's triggers call it
logger = logging.getLogger(__name__)


class Follower:
    """A thread that calls ``tell`` when something has happened in a conversation."""

    def __init__(self, engine: Engine, tell: Tell) -> None:
        self._engine, self._tell = engine, tell
        self._stopped = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="follow the database", daemon=True)

    def start(self) -> None:
        """Begin, and return once nothing that happens from now on is missed (or after five seconds)."""
        self._thread.start()
        self._ready.wait(5)

    def stop(self) -> None:
        """End within two seconds."""
        self._stopped.set()
        self._thread.join(3)

    def _run(self) -> None:
        follow = self._postgres if self._engine.dialect.name == "postgresql" else self._sqlite
        while not self._stopped.is_set():
            try:
                follow()
            except (SQLAlchemyError, psycopg2.Error, sqlite3.Error, OSError) as error:
                logger.warning("Lost sight of the database: %s", type(error).__name__)
                self._stopped.wait(AFTER_FAILURE_SECONDS)

    def _sqlite(self) -> None:
        with self._engine.connect() as connection:
            seen = _newest(connection)
            version = None
            self._begin()
            while not self._stopped.wait(SQLITE_SECONDS):
                now = connection.exec_driver_sql("PRAGMA data_version").scalar()
                if now != version:
                    version, seen = now, self._tell_new(connection, seen)

    def _tell_new(self, connection: Any, seen: int) -> int:
        """Tell of every conversation with new events, or in which somebody writes."""
        newest = _newest(connection)
        query = sa.select(events.c.sender_id).where(events.c.id > seen).distinct()
        for conversation in connection.execute(query.union(sa.select(staff_typing.c.conversation))).scalars():
            self._tell(conversation)
        connection.rollback()  # the next look is at the database as it is then
        return newest

    def _postgres(self) -> None:
        connection = psycopg2.connect(self._engine.url.render_as_string(hide_password=False))
        with closing(connection):
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute(f"LISTEN {CHANNEL}")
            self._begin()
            while not self._stopped.is_set():
                if select.select([connection], [], [], POSTGRES_SECONDS)[0]:
                    connection.poll()
                    for conversation in {notice.payload for notice in connection.notifies}:
                        self._tell(conversation)
                    connection.notifies.clear()

    def _begin(self) -> None:
        """From here on nothing is missed; what happened before may have been."""
        self._ready.set()
        self._tell(None)


def _newest(connection: Any) -> int:
    return connection.execute(sa.select(sa.func.max(events.c.id))).scalar() or 0
