"""A simulated Facebook Messenger: the Send API, and events to the page's webhook."""

from __future__ import annotations

import json
import time
from typing import Any, ClassVar

from aiohttp import web

from clinic.channels.messaging.text import size
from clinic.channels.simulator import forms
from clinic.channels.simulator.base import Shown
from clinic.channels.simulator.meta import APP_SECRET, TOKEN, MetaSimulator, refused

PAGE = "104857600000001"
LONGEST, LONGEST_TITLE, MOST_REPLIES, LONGEST_PAYLOAD = 2000, 20, 13, 1000
LONGEST_IN_TEMPLATE, MOST_PAGES = 640, 3
SHARED, LARGEST_FILE = frozenset({"image", "audio", "video", "file"}), 25 * 1024 * 1024  # bytes
ACTIONS = frozenset({"mark_seen", "typing_on", "typing_off"})


class MessengerSimulator(MetaSimulator):
    """The Messenger Platform, with one page."""

    name: ClassVar[str] = "messenger"

    def settings(self) -> dict[str, str]:
        """See Simulator."""
        return {
            "MESSENGER_TOKEN": TOKEN,
            "MESSENGER_APP_SECRET": APP_SECRET,
            "MESSENGER_API": self.graph(),
        }

    def routes(self) -> list[web.RouteDef]:
        """See Simulator."""
        return [
            web.post("/{version}/me/messages", self._send),
            web.get("/{version}/me", self._page),
            web.get("/{version}/me/subscribed_apps", self._apps),
            web.post("/{version}/me/messenger_profile", self._profile),
        ]

    async def write(self, chat: str, text: str) -> None:
        """See Simulator."""
        await self.tell(chat, batch(self.event(chat, message={"mid": self.mid(), "text": text})))

    async def press(self, shown: Shown, key: str) -> None:
        """See Simulator: a quick reply is sent as a message with its title."""
        title = {payload: name for name, payload in shown.buttons}[key]
        message = {"mid": self.mid(), "text": title, "quick_reply": {"payload": key}}
        await self.tell(shown.chat, batch(self.event(shown.chat, message=message)))

    def event(self, chat: str, **content: Any) -> dict[str, Any]:
        """Return an event of a person, as webhooks hold it."""
        at = int(time.time() * 1000)
        return {"sender": {"id": chat}, "recipient": {"id": PAGE}, "timestamp": at, **content}

    def mid(self) -> str:
        """Return a new message's name."""
        return f"m_{'AG5Hz2Uq7tuwNEhXfYYKj8mJEM_QPpz5jdCK' * 4}{next(self.numbers)}"

    async def _send(self, request: web.Request) -> web.Response:
        self.check_login(request)
        content = await _content(request)
        chat = str(content.get("recipient", {}).get("id", ""))
        action = content.get("sender_action")
        if action:
            if action not in ACTIONS:
                raise refused(400, 100, "Param sender_action must be one of the listed")
            self.actions.append((action, chat))
            return web.json_response({"recipient_id": chat})
        wrong = _wrong(content)
        if wrong:
            raise refused(400, 100, wrong)
        if "filedata" in content and not self.takes_files:
            raise refused(400, 100, "Upload attachment failure.")
        shown = await self.taking(lambda: self._take(chat, content), request)
        return web.json_response({"recipient_id": chat, "message_id": shown.id})

    def _take(self, chat: str, content: dict[str, Any]) -> Shown:
        message = content["message"]
        attachment = message.get("attachment", {}).get("payload", {})
        replies = [(r["title"], r["payload"]) for r in message.get("quick_replies", [])]
        pages = [(b["title"], b["url"]) for b in attachment.get("buttons", [])]
        text = message.get("text") or attachment.get("text") or attachment.get("url", "")
        file = content["filedata"].content if "filedata" in content else None
        shown = Shown(chat, text, replies, pages, file, self.mid())
        self.shown.append(shown)
        return shown

    async def _page(self, request: web.Request) -> web.Response:
        self.check_login(request)
        return web.json_response({"id": PAGE, "name": "Clinic"})

    async def _apps(self, request: web.Request) -> web.Response:
        self.check_login(request)
        fields = [
            "messages",
            "messaging_postbacks",
            "message_deliveries",
            "message_reads",
            "message_reactions",
        ]
        return web.json_response({"data": [{"id": "1", "name": "Clinic", "subscribed_fields": fields}]})

    async def _profile(self, request: web.Request) -> web.Response:
        self.check_login(request)
        return web.json_response({"result": "success"})


def batch(*events: dict[str, Any]) -> dict[str, Any]:
    """Return a webhook request's content with events of one page."""
    return {
        "object": "page",
        "entry": [{"id": PAGE, "time": int(time.time() * 1000), "messaging": list(events)}],
    }


async def _content(request: web.Request) -> dict[str, Any]:
    """Return a message: JSON, or a form that holds a file beside what is JSON in its fields."""
    content = await forms.values(request)
    if request.content_type == "application/json":
        return content
    return content | {name: json.loads(content.get(name) or "{}") for name in ("recipient", "message")}


def _wrong(content: dict[str, Any]) -> str | None:
    """Return what the Send API would object to, or None."""
    message = content.get("message", {})
    if content.get("messaging_type") not in {"RESPONSE", "UPDATE", "MESSAGE_TAG"}:
        return "Invalid parameter: messaging_type"
    replies = message.get("quick_replies", [])
    if len(replies) > MOST_REPLIES:
        return "There can be at most 13 quick replies"
    for reply in replies:
        if not 0 < size(reply["title"]) <= LONGEST_TITLE or len(reply["payload"]) > LONGEST_PAYLOAD:
            return "Length of param message[quick_replies][title] must be less than or equal to 20"
    if "attachment" in message:
        return _wrong_attachment(message["attachment"], content.get("filedata"))
    if not 0 < size(message.get("text", "")) <= LONGEST:
        return "Length of param message[text] must be less than or equal to 2000"
    return None


def _wrong_attachment(attachment: dict[str, Any], file: forms.File | None) -> str | None:
    payload = attachment.get("payload", {})
    if attachment.get("type") != "template":
        good = bool(payload.get("url")) != bool(file and file.name and len(file.content) <= LARGEST_FILE)
        return None if good and attachment.get("type") in SHARED else "Upload attachment failure"
    buttons = payload.get("buttons", [])
    if not 0 < size(payload.get("text", "")) <= LONGEST_IN_TEMPLATE:
        return "Length of param text must be less than or equal to 640"
    good = all(0 < size(b["title"]) <= LONGEST_TITLE and b["url"].startswith("http") for b in buttons)
    return None if good and 0 < len(buttons) <= MOST_PAGES else "Invalid buttons"
