"""The one database: its tables, connections and migrations.

Conversations' events live in the same database; their table is the tracker store's.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect, Engine

from clinic.settings import environment
from clinic.settings.environment import PROJECT

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
    "received_messages",  # each (channel, message id) is processed once
    metadata,
    sa.Column("channel", sa.String(32), primary_key=True),
    sa.Column("message_id", sa.String(64), primary_key=True),
    sa.Column("conversation", sa.String(255), nullable=False, index=True),
    sa.Column("received_at", UtcDateTime, nullable=False),
)

inbox = sa.Table(
    "inbox",  # messages that were accepted and are not answered yet; a row goes when they are
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("conversation", sa.String(255), nullable=False, index=True),
    sa.Column("message_id", sa.String(64), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("owner", sa.Integer, nullable=False),  # the process that answers it
)

feedback = sa.Table(
    "feedback",  # a visitor's thumb under an answer
    metadata,
    sa.Column("conversation", sa.String(255), primary_key=True),
    sa.Column("event_id", sa.Integer, primary_key=True),  # of the answer in the events table
    sa.Column("helpful", sa.Boolean, nullable=False),
    sa.Column("given_at", UtcDateTime, nullable=False),
)

notices = sa.Table(
    "notices",  # every wording of the privacy notice that somebody accepted
    metadata,
    sa.Column("version", sa.String(16), primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("first_accepted_at", UtcDateTime, nullable=False),
)

accepted_notices = sa.Table(
    "accepted_notices",
    metadata,
    sa.Column("conversation", sa.String(255), primary_key=True),
    sa.Column("version", sa.String(16), primary_key=True),
    sa.Column("accepted_at", UtcDateTime, nullable=False),
)

staff_typing = sa.Table(
    "staff_typing",  # who of the staff is writing; real time, whatever CLINIC_NOW says
    metadata,
    sa.Column("conversation", sa.String(255), primary_key=True),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("until", UtcDateTime, nullable=False),
)


def database() -> Engine:
    """Return this process's engine for the configured database (one engine a URL)."""
    return _engine(environment().database_url)


@lru_cache(maxsize=8)
def _engine(url: str) -> Engine:
    engine = sa.create_engine(url, future=True, pool_pre_ping=not url.startswith("sqlite"))
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", prepare_sqlite)
    return engine


def prepare_sqlite(connection: Any, _record: Any) -> None:
    """Let readers and one writer work side by side, and wait for a lock instead of failing."""
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "busy_timeout=5000", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def migrate() -> None:
    """Bring the database's tables up to date."""
    from alembic import command  # noqa: PLC0415 (only the process that migrates needs it)
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(PROJECT / "migrations"))
    command.upgrade(config, "head")
