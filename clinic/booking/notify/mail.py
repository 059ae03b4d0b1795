"""Hands e-mails to the mail server, and says what a failure means for the message."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from types import TracebackType
from typing import Self

from clinic.settings.environment import Mail

TIMEOUT = 20.0  # seconds for one step of the conversation with the server
CLOSING, FIRST_REFUSAL = 421, 500  # reply codes


class ServerAway(Exception):
    """The mail server cannot be used now; no message is to blame."""


class NotNow(Exception):
    """The server wants this message later (greylisting, a full mailbox)."""


class NeverTaken(Exception):
    """The server refuses this message for good."""


class MailServer:
    """A connection to the mail server, opened when the first message is handed over.

    Args:
        settings: Where it is and how to log in.

    """

    def __init__(self, settings: Mail) -> None:
        self._settings = settings
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._smtp:
            try:
                self._smtp.quit()
            except (OSError, smtplib.SMTPException):
                self._smtp.close()

    def deliver(self, message: EmailMessage) -> None:
        """Hand over one message.

        Raises:
            ServerAway: nothing can be handed over now.
            NotNow: not this message, for now.
            NeverTaken: not this message, ever.

        """
        smtp = self._smtp = self._smtp or self._open()
        try:
            smtp.send_message(message)
        except smtplib.SMTPRecipientsRefused as refused:
            code, _words = next(iter(refused.recipients.values()))
            raise _meaning(code) from None
        except smtplib.SMTPDataError as refused:
            raise _meaning(refused.smtp_code) from None
        except (smtplib.SMTPNotSupportedError, UnicodeError):
            raise NeverTaken("the server cannot take this address") from None
        except (OSError, smtplib.SMTPException) as error:
            raise _away(error) from None

    def _open(self) -> smtplib.SMTP:
        try:
            smtp = _connected(self._settings)
        except (OSError, smtplib.SMTPException) as error:
            raise _away(error) from None
        try:
            _log_in(smtp, self._settings)
        except (OSError, smtplib.SMTPException) as error:
            smtp.close()
            raise _away(error) from None
        return smtp


def _connected(mail: Mail) -> smtplib.SMTP:
    if mail.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(mail.host, mail.port, timeout=TIMEOUT, context=context)
    return smtplib.SMTP(mail.host, mail.port, timeout=TIMEOUT)


def _log_in(smtp: smtplib.SMTP, mail: Mail) -> None:
    if mail.security == "starttls":
        smtp.starttls(context=ssl.create_default_context())
    if mail.user and mail.password:
        smtp.login(mail.user, mail.password)


def _away(error: Exception) -> ServerAway:
    """Return why the server cannot be used: a greeting, a log-in or a sender refused; no connection."""
    code = getattr(error, "smtp_code", None)
    return ServerAway(f"it answered {code}" if code else type(error).__name__)


def _meaning(code: int) -> Exception:
    """Return what a reply code says (RFC 5321, 4.2.1): 4xx later, 5xx never. Its words stay out of logs."""
    if code == CLOSING:
        return ServerAway("it is closing")
    return NeverTaken(f"it answered {code}") if code >= FIRST_REFUSAL else NotNow(f"it answered {code}")
