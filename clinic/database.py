"""The one database: its tables, connections and migrations.

Conversations' events live in the same database; their table is the tracker store's.
"""

from __future__ import annotations

import select
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect, Engine, make_url

from clinic.settings import environment
from clinic.settings.environment import PROJECT

QUIET: dict[str, Any] = {"future": True, "hide_parameters": True}  # no words in errors, nor in logs
metadata = sa.MetaData()


class UtcDateTime(sa.types.TypeDecorator):
    """An aware datetime, stored in UTC; SQLite keeps no time zone of its own."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Store as UTC. Raises ValueError for a naive datetime."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a datetime without a time zone cannot be stored")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return an aware datetime in UTC."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


appointments = sa.Table(
    "appointments",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("reference", sa.String(16), nullable=False, unique=True),
    sa.Column("idempotency_key", sa.String(255), nullable=False, unique=True),
    sa.Column("service", sa.String(255), nullable=False),
    sa.Column("practitioner", sa.String(255), nullable=False),
    sa.Column("starts_at", UtcDateTime, nullable=False),
    sa.Column("ends_at", UtcDateTime, nullable=False),
    sa.Column("client_name", sa.String(255), nullable=False),
    sa.Column("client_contact", sa.String(255), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),  # confirmed, moved or cancelled
    sa.Column("conversation", sa.String(255)),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
)

# One row for each five minutes of a practitioner's sold time. Its primary key is what makes a
# second sale impossible, in SQLite and PostgreSQL alike.
sold_time = sa.Table(
    "sold_time",
    metadata,
    sa.Column("practitioner", sa.String(255), primary_key=True),
    sa.Column("at", UtcDateTime, primary_key=True),
    sa.Column("appointment_id", sa.Integer, sa.ForeignKey("appointments.id"), nullable=False, index=True),
)

requests = sa.Table(
    "requests",  # people who asked to be called back
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("idempotency_key", sa.String(255), nullable=False, unique=True),
    sa.Column("conversation", sa.String(255), nullable=False),
    sa.Column("client_name", sa.String(255), nullable=False),
    sa.Column("client_contact", sa.String(255), nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

received_messages = sa.Table(
    "received_messages",  # each (channel, message id) is processed once: clinic/conversation/inbox.py
    metadata,
    sa.Column("channel", sa.String(32), primary_key=True),
    sa.Column("message_id", sa.String(64), primary_key=True),
    sa.Column("conversation", sa.String(255), nullable=False, index=True),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("words", sa.Text),  # until it is answered
    sa.Column("claimed_at", UtcDateTime),  # when a process last took it up
    sa.Column("answered_at", UtcDateTime),
)


def database() -> Engine:
    """Return this process's engine for the configured database (one engine a URL)."""
    return _engine(environment().database_url)


@lru_cache(maxsize=8)
def _engine(url: str) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        limit_waiting()
        # Ten connections at most: four processes and their locks fit into PostgreSQL's usual hundred.
        pool = {"pool_size": 5, "max_overflow": 5, "pool_timeout": environment().database_seconds}
        return sa.create_engine(url, pool_pre_ping=True, **pool, **QUIET)
    environment().data_folder.mkdir(parents=True, exist_ok=True)
    # A kept connection: opening and closing one takes longer than a turn's statements.
    pooled = {"poolclass": sa.pool.QueuePool, "connect_args": {"check_same_thread": False}}
    engine = sa.create_engine(url, **pooled, **QUIET)
    sa.event.listen(engine, "connect", prepare_sqlite)
    return engine


def _busy_timeout() -> str:
    return f"busy_timeout={environment().database_seconds * 1000:.0f}"


def prepare_sqlite(connection: Any, _record: Any) -> None:
    """Let readers and one writer work side by side, and wait for a lock instead of failing."""
    cursor = connection.cursor()
    settings = ("journal_mode=WAL", _busy_timeout(), "synchronous=NORMAL", "foreign_keys=ON")
    for pragma in (*settings, "secure_delete=ON"):  # what is erased is overwritten
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def limit_waiting() -> None:
    """Let psycopg2 give up when PostgreSQL does not answer: a thread that waits forever serves nobody.

    Neither a statement timeout (the server's) nor keep-alives (the network's) end the wait for a
    server that is reached and does not answer. Holds for every connection of this process.
    """
    import psycopg2.extensions  # noqa: PLC0415 (only where PostgreSQL is used)

    psycopg2.extensions.set_wait_callback(_wait)


def _wait(connection: Any) -> None:
    """Wait until a connection's answer has come. Raises OperationalError after DATABASE_SECONDS."""
    from psycopg2 import OperationalError  # noqa: PLC0415
    from psycopg2.extensions import POLL_OK, POLL_READ  # noqa: PLC0415

    milliseconds = environment().database_seconds * 1000
    while (state := connection.poll()) != POLL_OK:
        waiting = select.poll()
        waiting.register(connection.fileno(), select.POLLIN if state == POLL_READ else select.POLLOUT)
        if not waiting.poll(milliseconds):
            raise OperationalError("the database did not answer in time")


def migrate() -> None:
    """Bring the database's tables up to date."""
    from alembic import command  # noqa: PLC0415 (only the process that migrates needs it)
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(PROJECT / "migrations"))
    command.upgrade(config, "head")
