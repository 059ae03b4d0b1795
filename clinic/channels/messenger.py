"""Facebook Messenger: ``clinic.channels.messenger.MessengerInput:``, and MESSENGER_… in .env."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar

import aiohttp

from clinic.channels.messaging import calendar_file
from clinic.channels.messaging.incoming import Heard, Reaction, ReadUntil, Receipt, Told, moment, thumb
from clinic.channels.messaging.meta import Meta, MetaInput
from clinic.channels.messaging.platform import DAY, Content, Platform, Recipient
from clinic.channels.messaging.platform_json import dig, objects_at, parsed, text_at
from clinic.channels.messaging.spoken import Link, Spoken, fitted, written
from clinic.channels.messaging.text import pieces, title

LONGEST, LONGEST_TITLE, MOST_REPLIES = 2000, 20, 13
LONGEST_IN_TEMPLATE, MOST_PAGES = 640, 3
KIND = "RESPONSE"  # within 24 hours of what the person wrote
GET_STARTED = "GET_STARTED"  # the payload of the button that begins a chat; channel-check sets it
KINDS = {"image": "picture", "audio": "voice", "video": "video", "file": "document", "location": "location"}


class Messenger(Meta):
    """The Messenger Platform."""

    name: ClassVar[str] = "messenger"

    def told(self, body: bytes) -> Iterator[Told]:
        """See Platform. A request is a batch of pages' entries, each with events in order."""
        content = parsed(body)
        if content.get("object") != "page":
            return
        for entry in objects_at(content, "entry"):
            for event in objects_at(entry, "messaging"):
                yield from _event(event)

    def rendered(self, said: Spoken) -> list[Content]:
        """See Platform: buttons as quick replies, links as a template's buttons, the calendar as a file."""
        pages = [link for link in said.links if link.url.startswith("https://")][:MOST_PAGES]
        body, buttons = fitted(said, MOST_REPLIES, LONGEST_TITLE)
        body = written(body, [link for link in said.links if link not in pages])
        found: list[Content] = [_attachment("image", {"url": said.image})] if said.image else []
        parts = pieces(body, LONGEST)
        if pages:
            last = parts.pop() if parts and len(parts[-1]) <= LONGEST_IN_TEMPLATE else "Here it is:"
            found += [{"text": part} for part in parts]
            found.append(_pages(last, pages))
        else:
            found += [{"text": part} for part in parts]
        if buttons and not found:
            found.append({"text": "Which of these?"})
        if buttons:
            found[-1]["quick_replies"] = [
                {"content_type": "text", "title": name, "payload": choice.key} for name, choice in buttons
            ]
        file = calendar_file.document(said, _attachment("file", {}), self.rendered)
        # Quick replies show under the last message alone.
        return [*found[:-1], *file, *found[-1:]] if buttons else [*found, *file]

    def window(self, _to: Recipient) -> timedelta | None:
        """See Platform."""
        return DAY

    async def send(self, session: aiohttp.ClientSession, to: Recipient, content: Content) -> str:
        """See Platform."""

        async def with_file(file: bytes) -> str:
            attachment = json.dumps({"attachment": content["attachment"]})
            fields = {"recipient": json.dumps({"id": to.chat}), "messaging_type": KIND, "message": attachment}
            form = calendar_file.added_to(aiohttp.FormData(fields), "filedata", file)
            return text_at(await self.call(session, "me/messages", form), "message_id")

        async def plain(content: Content) -> str:
            message = {"recipient": {"id": to.chat}, "messaging_type": KIND, "message": content}
            return text_at(await self.call(session, "me/messages", message), "message_id")

        return await calendar_file.send(content, with_file, plain)

    async def show_typing(self, session: aiohttp.ClientSession, heard: Heard) -> None:
        """See Platform."""
        for action in ("mark_seen", "typing_on"):
            await self.call(
                session, "me/messages", {"recipient": {"id": heard.chat}, "sender_action": action}
            )


class MessengerInput(MetaInput):
    """Rasa's input channel for Messenger."""

    platform: ClassVar[type[Platform]] = Messenger

    @classmethod
    def name(cls) -> str:
        """See rasa.core.channels.InputChannel."""
        return Messenger.name


def _event(event: dict[str, Any]) -> Iterator[Told]:
    chat, at = text_at(event, "sender", "id"), moment(dig(event, "timestamp"))
    if not chat:
        return
    base: dict[str, Any] = {"chat": chat, "at": at, "through": text_at(event, "recipient", "id")}
    if isinstance(dig(event, "message"), dict):
        yield from _message(event["message"], base)
    elif dig(event, "postback"):
        yield from _postback(event, base)
    elif dig(event, "message_edit"):
        edit = event["message_edit"]
        number = f"{text_at(edit, 'mid')}:{text_at(edit, 'num_edit')}"
        yield Heard(number, words=text_at(edit, "text"), **base)
    elif dig(event, "reaction"):
        helpful = thumb(text_at(event, "reaction", "emoji"))
        taken_back = text_at(event, "reaction", "action") == "unreact"
        yield Reaction(chat, text_at(event, "reaction", "mid"), None if taken_back else helpful)
    else:
        yield from _receipts(event, chat)


def _receipts(event: dict[str, Any], chat: str) -> Iterator[Told]:
    for state, name in (("delivered", "delivery"), ("read", "read")):
        until = moment(dig(event, name, "watermark"))
        for number in dig(event, name, "mids") or []:
            yield Receipt(str(number), state)
        if until:
            yield ReadUntil(chat, until, state)


def _message(message: dict[str, Any], base: dict[str, Any]) -> Iterator[Told]:
    number = text_at(message, "mid")
    if not number or dig(message, "is_echo") is True or dig(message, "is_deleted") is True:
        return
    words, choice, kind = text_at(message, "text"), text_at(message, "quick_reply", "payload"), None
    shared = objects_at(message, "attachments")
    if not words and shared:
        words, kind = _shared(message, shared[0])
    yield Heard(number, words=words, kind=kind, choice=choice or None, name=number, **base)


def _shared(message: dict[str, Any], attachment: dict[str, Any]) -> tuple[str, str | None]:
    """Return the words and the kind of a message with an attachment."""
    if dig(message, "sticker_id") or dig(attachment, "payload", "sticker_id"):
        return "", "sticker"
    kind = text_at(attachment, "type")
    if kind == "fallback":  # a link with its title
        link = (text_at(attachment, "title"), text_at(attachment, "url"))
        words = " ".join(filter(None, link))
        return words, None if words else "other"
    return "", KINDS.get(kind, "other")


def _postback(event: dict[str, Any], base: dict[str, Any]) -> Iterator[Told]:
    """Yield a press of a button in a template or a menu; of one that has no id, the time is its name."""
    key, words = text_at(event, "postback", "payload"), text_at(event, "postback", "title")
    number = text_at(event, "postback", "mid") or f"postback:{text_at(event, 'timestamp')}:{key}"
    if key == GET_STARTED:
        words = "hello"
    yield Heard(number, words=words, choice=key, **base)


def _attachment(kind: str, payload: dict[str, Any]) -> Content:
    return {"attachment": {"type": kind, "payload": payload}}


def _pages(text: str, pages: list[Link]) -> Content:
    buttons = [
        {"type": "web_url", "title": title(page.title, LONGEST_TITLE), "url": page.url} for page in pages
    ]
    return _attachment("template", {"template_type": "button", "text": text, "buttons": buttons})
