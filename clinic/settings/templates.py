"""What clinic.yml says of messaging channels: the templates for what comes after a platform's 24 hours."""

from __future__ import annotations

from pydantic import BaseModel, Extra, Field


class Template(BaseModel, extra=Extra.forbid):
    """A message template that the platform has approved.

    Attributes:
        template: Its name, at Twilio its content SID; it has one variable, which is filled with the message.
        language: As the platform writes it.

    """

    template: str = Field(min_length=1)
    language: str = "en"


class Channels(BaseModel, extra=Extra.forbid):
    """The templates by channel."""

    whatsapp: Template | None = None
    twilio: Template | None = None
