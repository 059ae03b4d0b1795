"""The console's own tables: staff, their sessions and links, log-in attempts, and the audit trail."""

from __future__ import annotations

import sqlalchemy as sa

from clinic.database import UtcDateTime, metadata

staff = sa.Table(
    "staff",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("login", sa.String(64), nullable=False, unique=True),  # in lower case
    sa.Column("name", sa.String(64), nullable=False),  # as colleagues and, after a takeover, visitors read it
    sa.Column("role", sa.String(16), nullable=False),  # one of clinic.console.roles.ROLES
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("password", sa.String(255)),  # argon2; None until the invitation is used
    sa.Column("totp_secret", sa.String(255)),  # encrypted; None where no code is asked for
    sa.Column("totp_step", sa.Integer),  # of the last code that was used
    sa.Column("created_at", UtcDateTime, nullable=False),
)

staff_recovery_codes = sa.Table(
    "staff_recovery_codes",  # each opens the account once in place of a code
    metadata,
    sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id"), primary_key=True),
    sa.Column("code_hash", sa.String(64), primary_key=True),
)

staff_sessions = sa.Table(
    "staff_sessions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id"), nullable=False, index=True),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("seen_at", UtcDateTime, nullable=False),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("browser", sa.String(255), nullable=False),
)

staff_links = sa.Table(
    "staff_links",  # each is used once: to create the owner, to accept an invitation, to get in again
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id"), index=True),  # None: creates the owner
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("used_at", UtcDateTime),
)

staff_attempts = sa.Table(
    "staff_attempts",  # failed log-ins, counted by name and address: clinic/console/throttle.py
    metadata,
    sa.Column("of", sa.String(64), primary_key=True),  # a hash: a password typed as a name is not kept
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
)

request_notes = sa.Table(
    "request_notes",  # what staff wrote on a request; they go with it
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("request_id", sa.Integer, sa.ForeignKey("requests.id", ondelete="CASCADE"), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("staff", sa.String(64), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Index("ix_request_notes_request_id", "request_id"),
)

audit_trail = sa.Table(
    "audit_trail",  # only ever added to: triggers refuse anything but the erasure of a subject
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("staff_id", sa.Integer),  # None: nobody signed in, or the command line
    sa.Column("staff", sa.String(64), nullable=False),
    sa.Column("action", sa.String(64), nullable=False),
    sa.Column("subject", sa.String(300), nullable=False),  # such as "conversation <id>"
    sa.Index("ix_audit_trail_subject", "subject"),
    sa.Index("ix_audit_trail_staff_id_id", "staff_id", "id"),
    sqlite_autoincrement=True,
)
