"""WhatsApp's Cloud API: ``clinic.channels.whatsapp.WhatsAppInput:`` and WHATSAPP_… in .env."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar

import aiohttp

from clinic.channels.messaging import calendar_file
from clinic.channels.messaging.incoming import Heard, Reaction, Receipt, Told, moment, phone_of, thumb
from clinic.channels.messaging.meta import Meta, MetaInput
from clinic.channels.messaging.platform import DAY, Content, Platform, Recipient
from clinic.channels.messaging.platform_json import dig, objects_at, parsed, text_at
from clinic.channels.messaging.spoken import Choice, Spoken, fitted, written
from clinic.channels.messaging.text import pieces
from clinic.settings import clinic

LONGEST, LONGEST_BODY, LONGEST_VALUE = 4096, 1024, 1024
MOST_BUTTONS, LONGEST_BUTTON, MOST_ROWS, LONGEST_ROW = 3, 20, 10, 24
OPEN_LIST, OPEN_PAGE = "Choose", "Move or cancel"
KINDS = {
    "image": "picture",
    "video": "video",
    "audio": "voice",
    "document": "document",
    "sticker": "sticker",
    "location": "location",
    "contacts": "contact",
}
STATES = {"sent": "sent", "delivered": "delivered", "read": "read", "played": "read", "failed": "failed"}
SILENT = frozenset({"system", "revoke"})  # told about the chat, or taken back: nothing to answer


class WhatsApp(Meta):
    """The Cloud API, for one phone number."""

    name: ClassVar[str] = "whatsapp"

    def told(self, body: bytes) -> Iterator[Told]:
        """See Platform. A request is a batch; what is of another number or of a group is left out."""
        for entry in objects_at(parsed(body), "entry"):
            for change in objects_at(entry, "changes"):
                if text_at(change, "value", "metadata", "phone_number_id") == self.access.account:
                    for message in objects_at(change, "value", "messages"):
                        yield from _message(message, self.access.account)
                    for status in objects_at(change, "value", "statuses"):
                        yield from _status(status)

    def rendered(self, said: Spoken) -> list[Content]:
        """See Platform: up to three buttons, beyond that a list; the calendar as a document."""
        found: list[Content] = [{"type": "image", "image": {"link": said.image}}] if said.image else []
        few = len(said.choices) <= MOST_BUTTONS
        most, longest = (MOST_BUTTONS, LONGEST_BUTTON) if few else (MOST_ROWS, LONGEST_ROW)
        body, buttons = fitted(said, most, longest)
        page = next((link for link in said.links if link.url.startswith("https://")), None)
        body = written(body, [link for link in said.links if link is not page])
        parts = pieces(body, LONGEST)
        if buttons or page:
            parts = [*parts[:-1], *pieces(parts[-1], LONGEST_BODY)] if parts else ["Which of these?"]
        last = parts.pop() if buttons or page else ""
        found += [{"type": "text", "text": {"body": part, "preview_url": False}} for part in parts]
        if page:
            action = {"name": "cta_url", "parameters": {"display_text": OPEN_PAGE, "url": page.url}}
            found.append(_interactive("cta_url", last, action))
            last = "Anything else?"
        found += calendar_file.document(said, _document(said), self.rendered)
        if buttons:
            found.append(_buttons(last, buttons) if few else _list(last, buttons))
        return found

    def window(self, _to: Recipient) -> timedelta | None:
        """See Platform."""
        return DAY

    def in_template(self, text: str) -> Content | None:
        """See Platform. A template's values hold no line breaks."""
        chosen = clinic().channels.whatsapp
        if chosen is None:
            return None
        value = {"type": "text", "text": pieces(" ".join(text.split()), LONGEST_VALUE)[0]}
        template = {"name": chosen.template, "language": {"code": chosen.language}}
        body = {"type": "body", "parameters": [value]}
        return {"type": "template", "template": template | {"components": [body]}}

    async def send(self, session: aiohttp.ClientSession, to: Recipient, content: Content) -> str:
        """See Platform."""
        name = "to" if to.chat.isdecimal() else "recipient"  # who has a user name need not show a number
        message = {"messaging_product": "whatsapp", "recipient_type": "individual", name: to.chat}

        async def with_file(file: bytes) -> str:
            fields = {"messaging_product": "whatsapp", "type": calendar_file.TYPE}
            form = calendar_file.added_to(aiohttp.FormData(fields), "file", file)
            kept = text_at(await self.call(session, f"{self.access.account}/media", form), "id")
            return await plain({"type": "document", "document": content["document"] | {"id": kept}})

        async def plain(content: Content) -> str:
            answer = await self.call(session, f"{self.access.account}/messages", message | content)
            return text_at(answer, "messages", 0, "id")

        return await calendar_file.send(content, with_file, plain)

    async def show_typing(self, session: aiohttp.ClientSession, heard: Heard) -> None:
        """See Platform. What is shown as read shows as being answered, in one call."""
        read = {"messaging_product": "whatsapp", "status": "read", "message_id": heard.name}
        await self.call(
            session, f"{self.access.account}/messages", read | {"typing_indicator": {"type": "text"}}
        )


class WhatsAppInput(MetaInput):
    """Rasa's input channel for WhatsApp's Cloud API."""

    platform: ClassVar[type[Platform]] = WhatsApp

    @classmethod
    def name(cls) -> str:
        """See rasa.core.channels.InputChannel."""
        return WhatsApp.name


def _message(message: dict[str, Any], through: str) -> Iterator[Told]:
    chat = text_at(message, "from") or text_at(message, "from_user_id")
    number, kind = text_at(message, "id"), text_at(message, "type")
    if not chat or not number or dig(message, "group_id") or kind in SILENT:
        return
    if kind == "reaction":
        emoji = text_at(message, "reaction", "emoji")
        yield Reaction(chat, text_at(message, "reaction", "message_id"), thumb(emoji) if emoji else None)
        return
    words, choice, called = _content_of(message, kind)
    at = moment(dig(message, "timestamp"))
    yield Heard(number, chat, words, called, choice, at, through, name=number)


def _content_of(message: dict[str, Any], kind: str) -> tuple[str, str | None, str | None]:
    """Return words, the key of a pressed button, and the kind of what is not words."""
    if kind == "interactive":
        pressed = dig(message, "interactive", text_at(message, "interactive", "type"))
        return text_at(pressed, "title"), text_at(pressed, "id") or None, None
    if kind == "button":  # of a template
        return text_at(message, "button", "text"), text_at(message, "button", "payload") or None, None
    words = _words_of(message, kind)
    return words, None, None if words else KINDS.get(kind, "other")


def _words_of(message: dict[str, Any], kind: str) -> str:
    """Return what can be read of a message."""
    if kind == "edit":
        return text_at(message, "edit", "message", "text", "body")
    if kind == "request_welcome":
        return "hello"
    if kind == "contacts":
        return phone_of(dig(message, "contacts", 0))
    return text_at(message, kind, "body" if kind == "text" else "caption")


def _status(status: dict[str, Any]) -> Iterator[Told]:
    number, state = text_at(status, "id"), STATES.get(text_at(status, "status"))
    if number and state:
        code = text_at(status, "errors", 0, "code")
        yield Receipt(number, state, f"error {code}" if code else None)


def _interactive(kind: str, text: str, action: dict[str, Any]) -> Content:
    return {
        "type": "interactive",
        "interactive": {"type": kind, "body": {"text": text}, "action": action},
    }


def _document(said: Spoken) -> Content:
    """Return the calendar's message but for its file; its link stands below, as not every phone opens it."""
    caption = written("", [said.calendar]) if said.calendar else ""
    document = {"filename": calendar_file.NAME, "caption": caption}
    return {
        "type": "document",
        "document": document,
        "may_fail_later": True,
    }  # WhatsApp looks at it afterwards


def _buttons(text: str, buttons: list[tuple[str, Choice]]) -> Content:
    replies = [{"type": "reply", "reply": {"id": choice.key, "title": name}} for name, choice in buttons]
    return _interactive("button", text, {"buttons": replies})


def _list(text: str, buttons: list[tuple[str, Choice]]) -> Content:
    rows = [{"id": choice.key, "title": name} for name, choice in buttons]
    return _interactive("list", text, {"button": OPEN_LIST, "sections": [{"rows": rows}]})
