"""Telegram: ``clinic.channels.telegram.TelegramInput:`` in credentials.yml, TELEGRAM_TOKEN in .env.

Updates of the Bot API come to /webhooks/telegram/webhook; each shows the secret that was given to
Telegram when the webhook was set (make channel-check NAME=telegram sets it).
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, ClassVar

import aiohttp
from sanic.request import Request

from clinic.channels.messaging import calendar_file, calls
from clinic.channels.messaging.channel import MessagingInput
from clinic.channels.messaging.incoming import Heard, Reaction, Stopped, Told, moment, thumb
from clinic.channels.messaging.platform import Content, Never, Platform, Recipient
from clinic.channels.messaging.platform_json import dig, objects_at, parsed, text_at
from clinic.channels.messaging.spoken import Link, Spoken, written
from clinic.channels.messaging.text import pieces, title
from clinic.secret import TELEGRAM, secret

HEADER = "X-Telegram-Bot-Api-Secret-Token"
UPDATES = ("message", "edited_message", "callback_query", "message_reaction", "my_chat_member")
LONGEST, LONGEST_TITLE = 4096, 64  # UTF-16 units
GONE = frozenset({"left", "kicked"})
BLOCKED = HTTPStatus.FORBIDDEN
# What Telegram calls what is not words, and what we call it.
KINDS = {
    "photo": "picture",
    "video": "video",
    "video_note": "video",
    "animation": "picture",
    "voice": "voice",
    "audio": "voice",
    "document": "document",
    "sticker": "sticker",
    "location": "location",
    "venue": "location",
    "contact": "contact",
}
# Told to the bot about the chat, not by the person.
SERVICE = frozenset(
    "pinned_message message_auto_delete_timer_changed successful_payment users_shared chat_shared "
    "write_access_allowed proximity_alert_triggered chat_background_set boost_added".split()
)
COMMANDS = {"/start": "hello", "/help": "what can you do", "/cancel": "stop", "/stop": "stop"}


class Telegram(Platform):
    """The Bot API."""

    name: ClassVar[str] = "telegram"

    def is_genuine(self, request: Request, _body: bytes) -> bool:
        """See Platform: Telegram shows our own secret."""
        shown = request.headers.get(HEADER, "")
        return hmac.compare_digest(shown.encode("utf-8", "surrogateescape"), secret(TELEGRAM).encode())

    def told(self, body: bytes) -> Iterator[Told]:
        """See Platform. Each request holds one update; those of groups and channels are left out."""
        update = parsed(body)
        if isinstance(dig(update, "callback_query"), dict):
            yield from _pressed(update["callback_query"])
        elif isinstance(dig(update, "message_reaction"), dict):
            yield from _reaction(update["message_reaction"])
        elif isinstance(dig(update, "my_chat_member"), dict):
            yield from _member(update["my_chat_member"])
        else:
            edited = isinstance(dig(update, "edited_message"), dict)
            yield from _message(dig(update, "edited_message" if edited else "message"), edited=edited)

    def rendered(self, said: Spoken) -> list[Content]:
        """See Platform: buttons under the last message, the calendar file as a document."""
        found = [_content("sendPhoto", photo=said.image)] if said.image else []
        links, keyboard = _buttons_of(said)
        found += [_content("sendMessage", text=piece) for piece in pieces(written(said.text, links), LONGEST)]
        if keyboard and not found:
            found.append(_content("sendMessage", text="Which of these?"))
        if keyboard:
            found[-1]["body"]["reply_markup"] = {"inline_keyboard": keyboard}
        return found + calendar_file.document(said, _content("sendDocument"), self.rendered)

    async def send(self, session: aiohttp.ClientSession, to: Recipient, content: Content) -> str:
        """See Platform."""

        async def with_file(file: bytes) -> str:
            form = calendar_file.added_to(aiohttp.FormData({"chat_id": to.chat}), "document", file)
            return _name_of(to, await self.call(session, content["method"], data=form))

        async def plain(content: Content) -> str:
            body = content["body"] | {"chat_id": to.chat}
            return _name_of(to, await self.call(session, content["method"], json=body))

        return await calendar_file.send(content, with_file, plain)

    async def show_typing(self, session: aiohttp.ClientSession, heard: Heard) -> None:
        """See Platform. A pressed button stops turning."""
        if heard.choice:
            await self.call(session, "answerCallbackQuery", json={"callback_query_id": heard.name})
        await self.call(session, "sendChatAction", json={"chat_id": heard.chat, "action": "typing"})

    async def call(self, session: aiohttp.ClientSession, method: str, **what: Any) -> Any:
        """Call a method of the Bot API and return its result. Raises NotNow, Never."""
        url = f"{self.access.api}/bot{self.access.token}/{method}"
        status, answer = await calls.call(session, url, refused=_refused, **what)
        if status == HTTPStatus.OK and dig(answer, "ok") is True:
            return dig(answer, "result")
        raise Never(f"it answered {status}", stopped=status == BLOCKED)


class TelegramInput(MessagingInput):
    """Rasa's input channel for Telegram."""

    platform: ClassVar[type[Platform]] = Telegram

    @classmethod
    def name(cls) -> str:
        """See rasa.core.channels.InputChannel."""
        return Telegram.name


def _refused(answer: Any) -> float | None:
    """Return the pause that Telegram asks for in the answer's body."""
    return calls.seconds(dig(answer, "parameters", "retry_after"))


def _message(message: Any, *, edited: bool) -> Iterator[Told]:
    chat, number = text_at(message, "chat", "id"), text_at(message, "message_id")
    if not _is_private(message) or not chat or not number or SERVICE & set(message):
        return
    at = moment(dig(message, "edit_date" if edited else "date"))
    version = f":{text_at(message, 'edit_date')}" if edited else ""
    words, kind = _content_of(message)
    yield Heard(f"{chat}:{number}{version}", chat, words, kind, at=at, name=number)


def _content_of(message: dict[str, Any]) -> tuple[str, str | None]:
    """Return the words of a message, and its kind where there is more to it."""
    words = text_at(message, "text")
    if words:
        command = words.split(maxsplit=1)[0].partition("@")[0].lower()
        return COMMANDS.get(command, words), None
    for name, kind in KINDS.items():
        if name in message:
            phone = text_at(message, "contact", "phone_number")
            words = text_at(message, "caption") or phone
            return words, None if words else kind
    return "", "other"


def _pressed(query: dict[str, Any]) -> Iterator[Told]:
    message = dig(query, "message")
    chat, number = text_at(message, "chat", "id"), text_at(query, "id")
    if not _is_private(message) or not chat or not number:
        return
    key = text_at(query, "data")
    rows = dig(message, "reply_markup", "inline_keyboard")
    buttons = [b for row in rows if isinstance(row, list) for b in row] if isinstance(rows, list) else []
    titles = [text_at(button, "text") for button in buttons if text_at(button, "callback_data") == key]
    yield Heard(f"press:{number}", chat, (titles or [""])[0], choice=key, name=number)


def _reaction(reaction: dict[str, Any]) -> Iterator[Told]:
    chat, number = text_at(reaction, "chat", "id"), text_at(reaction, "message_id")
    if chat and number and dig(reaction, "chat", "type") == "private":
        emojis = [text_at(one, "emoji") for one in objects_at(reaction, "new_reaction")]
        yield Reaction(chat, f"{chat}:{number}", thumb(emojis[-1]) if emojis else None)


def _member(change: dict[str, Any]) -> Iterator[Told]:
    """Yield that a person has blocked the bot, or lets it write again."""
    if dig(change, "chat", "type") == "private":
        gone = text_at(change, "new_chat_member", "status") in GONE
        yield Stopped(text_at(change, "chat", "id"), gone)


def _is_private(message: Any) -> bool:
    """Say whether a message is from a person in a chat of their own."""
    return dig(message, "chat", "type") == "private"


def _buttons_of(said: Spoken) -> tuple[list[Link], list[list[dict[str, str]]]]:
    """Return the links that have to stand among the words, and the rows of buttons."""
    public = [link for link in said.links if link.url.startswith("https://")]
    rows = [[{"text": title(c.title, LONGEST_TITLE), "callback_data": c.key}] for c in said.choices]
    rows += [[{"text": title(link.title, LONGEST_TITLE), "url": link.url}] for link in public]
    return [link for link in said.links if link not in public], rows


def _name_of(to: Recipient, sent: Any) -> str:
    """Return what a message that was sent is called: its number is its chat's alone."""
    return f"{to.chat}:{text_at(sent, 'message_id')}"


def _content(method: str, **body: Any) -> Content:
    return {"method": method, "body": body}
