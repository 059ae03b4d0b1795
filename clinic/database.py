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
    sa.Column("sequence", sa.Integer, nullable=False),  # that of its newest change
    sa.Column("service", sa.String(255), nullable=False),
    sa.Column("practitioner", sa.String(255), nullable=False),
    sa.Column("room", sa.String(255)),
    sa.Column("starts_at", UtcDateTime, nullable=False, index=True),
    sa.Column("ends_at", UtcDateTime, nullable=False),
    # With the buffers before and after, as they were when it was sold.
    sa.Column("busy_from", UtcDateTime, nullable=False),
    sa.Column("busy_until", UtcDateTime, nullable=False, index=True),
    sa.Column("client_name", sa.String(255), nullable=False),
    sa.Column("client_contact", sa.String(255), nullable=False),  # E.164 phone number or e-mail address
    sa.Column("client_email", sa.String(255)),  # where e-mail may be sent
    sa.Column("notes", sa.Text),  # for the practitioner
    sa.Column("status", sa.String(16), nullable=False),  # one of model.STATUSES
    sa.Column("conversation", sa.String(255), index=True),
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
    sa.Column("at", UtcDateTime, nullable=False, index=True),
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

# E-mails to send: one row for each event of an appointment and whom it is told. No address is kept here.
outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("event", sa.String(64), nullable=False),  # change:<id> or reminder:<appointment>:<start>
    sa.Column("audience", sa.String(8), nullable=False),  # client, staff, or chat: told there, not by e-mail
    sa.Column("kind", sa.String(16), nullable=False),  # the letter
    sa.Column("appointment_id", sa.Integer, sa.ForeignKey("appointments.id"), nullable=False, index=True),
    sa.Column("sequence", sa.Integer, nullable=False),  # the appointment as it was at the event
    sa.Column("starts_at", UtcDateTime, nullable=False),
    sa.Column("status", sa.String(16), nullable=False),  # waiting, sent, refused, superseded or too_late
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_try_at", UtcDateTime, nullable=False),
    sa.Column("claimed_by", sa.String(36)),
    sa.Column("claimed_until", UtcDateTime),
    sa.Column("trouble", sa.String(255)),  # why it has not been sent yet
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("settled_at", UtcDateTime),
    sa.UniqueConstraint("event", "audience", "kind", name="uq_outbox_event_audience_kind"),
    sa.Index("ix_outbox_status_next_try_at", "status", "next_try_at"),
)

# Which version of an appointment stands in which CalDAV calendar.
calendar_copies = sa.Table(
    "calendar_copies",
    metadata,
    sa.Column("appointment_id", sa.Integer, sa.ForeignKey("appointments.id"), primary_key=True),
    sa.Column("calendar", sa.String(1000), nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
)

# When practitioners are busy elsewhere, as their calendars said when they were last read.
busy_times = sa.Table(
    "busy_times",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("calendar", sa.String(1000), nullable=False),
    sa.Column("practitioner", sa.String(255), nullable=False),
    sa.Column("starts_at", UtcDateTime, nullable=False),
    sa.Column("ends_at", UtcDateTime, nullable=False, index=True),
)

blocked_times = sa.Table(
    "blocked_times",  # what the clinic keeps for itself; its cells stand in taken_time as a hold's
    metadata,
    sa.Column("key", sa.String(36), primary_key=True),  # one for all practitioners of one blocking
    sa.Column("practitioner", sa.String(255), primary_key=True),
    sa.Column("starts_at", UtcDateTime, nullable=False),
    sa.Column("ends_at", UtcDateTime, nullable=False, index=True),
    sa.Column("reason", sa.String(255), nullable=False),
    sa.Column("who", sa.String(255), nullable=False),  # as in appointment_changes
    sa.Column("created_at", UtcDateTime, nullable=False),
)

calendar_feeds = sa.Table(
    "calendar_feeds",  # the secret part of each practitioner's address to subscribe to
    metadata,
    sa.Column("practitioner", sa.String(255), primary_key=True),
    sa.Column("secret", sa.String(64), nullable=False, unique=True),
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
    sa.Column("assigned_to", sa.Integer),  # staff.id
    sa.Column("done_at", UtcDateTime),
)

received_messages = sa.Table(
    "received_messages",  # each (channel, message id) is processed once: clinic/conversation/inbox.py
    metadata,
    sa.Column("channel", sa.String(32), primary_key=True),
    sa.Column("message_id", sa.String(64), primary_key=True),
    sa.Column("conversation", sa.String(255), nullable=False, index=True),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("words", sa.Text),  # until it is answered
    sa.Column("kind", sa.String(16)),  # of what is no words: a picture, a voice message …
    sa.Column("claimed_at", UtcDateTime),  # when a process last took it up
    sa.Column("answered_at", UtcDateTime),
    sa.Index("ix_received_messages_answered_at", "answered_at", "claimed_at"),
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
