"""The mail server that the environment names."""

from __future__ import annotations

from dataclasses import dataclass, field

from clinic.settings.environment import values

SECURITY = ("starttls", "tls", "none")
VARIABLES = ("MAIL_HOST", "MAIL_PORT", "MAIL_SECURITY", "MAIL_USER", "MAIL_PASSWORD", "MAIL_FROM")


@dataclass(frozen=True)
class Mail:
    """The mail server that e-mails are handed to.

    Attributes:
        host: Its name or address.
        port: Its port.
        security: "starttls", "tls" (from the first byte) or "none" (this machine only).
        user: For the log-in, or None where none is asked for.
        password: For the log-in.
        sender: Address that e-mails come from, or None for the clinic's own.

    """

    host: str
    port: int
    security: str
    user: str | None
    password: str | None = field(repr=False)
    sender: str | None


def mail() -> Mail | None:
    """Return the mail server, or None where none is set. Raises ValueError as ``environment`` does."""
    host, security = values.text("MAIL_HOST"), values.text("MAIL_SECURITY") or SECURITY[0]
    if not host:
        return None
    if security not in SECURITY:
        raise ValueError(f"MAIL_SECURITY must be one of {', '.join(SECURITY)}, not {security!r}")
    user, password = values.login("MAIL_USER", "MAIL_PASSWORD") or (None, None)
    port = values.port("MAIL_PORT", 465 if security == "tls" else 587)
    return Mail(host, port, security, user, password, values.text("MAIL_FROM"))
