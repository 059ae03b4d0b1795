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
    sa.Column("sequence", sa.Integer, nullable=False),  # that of its newest change
    sa.Column("service", sa.String(255), nullable=False),
    sa.Column("practitioner", sa.String(255), nullable=False),
    sa.Column("room", sa.String(255)),
    sa.Column("starts_at", UtcDateTime, nullable=False),
    sa.Column("ends_at", UtcDateTime, nullable=False),
    # With the buffers before and after, as they were when it was sold.
    sa.Column("busy_from", UtcDateTime, nullable=False),
    sa.Column("busy_until", UtcDateTime, nullable=False, index=True),
    sa.Column("client_name", sa.String(255), nullable=False),
    sa.Column("client_contact", sa.String(255), nullable=False),  # E.164 phone number or e-mail address
    sa.Column("client_email", sa.String(255)),  # where e-mail may be sent
    sa.Column("notes", sa.Text),  # for the practitioner
    sa.Column("status", sa.String(16), nullable=False),  # one of model.STATUSES
    sa.Column("conversation", sa.String(255)),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
)

# What happened to each appointment, in order; e-mail and calendars work from these rows.
appointment_changes = sa.Table(
    "appointment_changes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("appointment_id", sa.Integer, sa.ForeignKey("appointments.id"), nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),  # 0 for the first; iCalendar's SEQUENCE
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("who", sa.String(255), nullable=False),  # visitor, staff:<name> or system
    sa.Column("what", sa.String(16), nullable=False),  # the status it came to
    sa.Column("practitioner", sa.String(255), nullable=False),
    sa.Column("starts_at", UtcDateTime, nullable=False),
    sa.Column("ends_at", UtcDateTime, nullable=False),
    sa.Column("idempotency_key", sa.String(255), unique=True),
    sa.UniqueConstraint("appointment_id", "sequence", name="uq_appointment_changes_sequence"),
)

# One row for each five minutes in which a practitioner or a room is taken, by an appointment or, until
# it expires, by a hold. The primary key makes a second sale impossible, in SQLite and PostgreSQL alike.
taken_time = sa.Table(
    "taken_time",
    metadata,
    sa.Column("resource", sa.String(300), primary_key=True),  # practitioner:<name> or room:<name>
    sa.Column("at", UtcDateTime, primary_key=True),
    sa.Column("appointment_id", sa.Integer, sa.ForeignKey("appointments.id"), index=True),
    sa.Column("hold_key", sa.String(255), index=True),
    sa.Column("expires_at", UtcDateTime, index=True),
    sa.CheckConstraint(
        "(appointment_id IS NULL) = (hold_key IS NOT NULL AND expires_at IS NOT NULL)",
        name="ck_taken_time_appointment_or_hold",
    ),
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
