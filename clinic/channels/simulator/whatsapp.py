"""A simulated WhatsApp Cloud API: sending messages, and messages and statuses to the webhook."""

from __future__ import annotations

import time
from typing import Any, ClassVar

from aiohttp import web

from clinic.channels.messaging.text import size
from clinic.channels.simulator import forms
from clinic.channels.simulator.base import Shown
from clinic.channels.simulator.meta import APP_SECRET, TOKEN, MetaSimulator, refused
from clinic.channels.simulator.uploads import Uploads

ACCOUNT, NUMBER_ID, NUMBER = "102290129340398", "106540352242922", "15550783881"
LONGEST, LONGEST_BODY, LONGEST_VALUE, LONGEST_CAPTION = 4096, 1024, 1024, 1024
MOST_BUTTONS, LONGEST_BUTTON, MOST_ROWS, LONGEST_ROW, LONGEST_ROW_ID = 3, 20, 10, 24, 200


class WhatsAppSimulator(MetaSimulator):
    """The Cloud API with one phone number. ``receipts``: whether statuses are sent of what it takes."""

    name: ClassVar[str] = "whatsapp"
    receipts = True

    def __init__(self, assistant: str) -> None:
        self.uploads = Uploads()
        super().__init__(assistant)

    def settings(self) -> dict[str, str]:
        """See Simulator."""
        return {
            "WHATSAPP_TOKEN": TOKEN,
            "WHATSAPP_APP_SECRET": APP_SECRET,
            "WHATSAPP_NUMBER_ID": NUMBER_ID,
            "WHATSAPP_API": self.graph(),
        }

    def routes(self) -> list[web.RouteDef]:
        """See Simulator."""
        return [
            web.post(f"/{{version}}/{NUMBER_ID}/messages", self._send),
            web.post(f"/{{version}}/{NUMBER_ID}/media", self._upload),
            web.get(f"/{{version}}/{NUMBER_ID}", self._number),
        ]

    async def write(self, chat: str, text: str) -> None:
        """See Simulator."""
        await self.tell(chat, batch(messages=[self.message(chat, "text", {"body": text})]))

    async def press(self, shown: Shown, key: str) -> None:
        """See Simulator: what is pressed comes as an interactive reply, of a button or of a list's row."""
        title = {payload: name for name, payload in shown.buttons}[key]
        kind = "button_reply" if len(shown.buttons) <= MOST_BUTTONS else "list_reply"
        content = {"type": kind, kind: {"id": key, "title": title}}
        message = self.message(shown.chat, "interactive", content) | {
            "context": {"from": NUMBER, "id": shown.id}
        }
        await self.tell(shown.chat, batch(messages=[message]))

    def message(self, chat: str, kind: str, content: Any) -> dict[str, Any]:
        """Return a person's message, as webhooks hold it."""
        at = str(int(time.time()))
        sender = {"from_user_id": user_of(chat)} | ({"from": chat} if chat.isdecimal() else {})
        return sender | {"id": self.wamid(), "timestamp": at, "type": kind, kind: content}

    def wamid(self) -> str:
        """Return a new message's name."""
        return f"wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBI5QTNDQTVCM0Q0Q0Q2RTY3RTcA{next(self.numbers):08d}=="

    async def status(self, shown: Shown, state: str, code: int | None = None) -> None:
        """Tell what has become of a message. Raises NotTaken."""
        content: dict[str, Any] = {"id": shown.id, "status": state, "timestamp": str(int(time.time()))}
        content["recipient_id"] = shown.chat
        if code:
            content["errors"] = [{"code": code, "title": "Message failed", "message": "Message failed"}]
        await self.tell(f"status of {shown.chat}", batch(statuses=[content]))

    async def _send(self, request: web.Request) -> web.Response:
        self.check_login(request)
        content = await request.json()
        if content.get("status") == "read":
            what = "typing" if "typing_indicator" in content else "read"
            self.actions.append((what, str(content.get("message_id"))))
            return web.json_response({"success": True})
        wrong = _wrong(content) or self.uploads.wrong(content)
        if wrong:
            raise refused(400, 100, wrong)
        shown = await self.taking(lambda: self._take(content), request)
        if self.receipts:
            for state in ("sent", "delivered"):
                self.loop.create_task(self.status(shown, state))
        contact = {"input": shown.chat, "wa_id": shown.chat}
        told = {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": shown.id}]}
        return web.json_response(told)

    def _take(self, content: dict[str, Any]) -> Shown:
        kind, chat = content["type"], str(content.get("to") or content["recipient"])
        inner = content[kind]
        shown = Shown(chat, "", id=self.wamid())
        if kind == "interactive":
            shown.text = inner["body"]["text"]
            _take_action(shown, inner["action"])
        elif kind == "template":
            shown.text = f"[{inner['name']}] {inner['components'][0]['parameters'][0]['text']}"
        else:
            shown.text = inner.get("body") or inner.get("caption") or inner.get("link", "")
            shown.file = self.uploads.content_of(content)
        self.shown.append(shown)
        return shown

    async def _upload(self, request: web.Request) -> web.Response:
        self.check_login(request)
        kept = self.uploads.take(await forms.values(request), takes_files=self.takes_files)
        if kept is None:
            raise refused(400, 100, "Param file must be a file with one of the listed types")
        return web.json_response({"id": kept})

    async def _number(self, request: web.Request) -> web.Response:
        self.check_login(request)
        found = {"id": NUMBER_ID, "display_phone_number": f"+{NUMBER}", "verified_name": "Clinic"}
        return web.json_response(found | {"quality_rating": "GREEN"})


def _take_action(shown: Shown, action: dict[str, Any]) -> None:
    """Note what can be pressed."""
    shown.buttons = [(b["reply"]["title"], b["reply"]["id"]) for b in action.get("buttons", [])]
    shown.buttons += [
        (row["title"], row["id"]) for part in action.get("sections", []) for row in part["rows"]
    ]
    if action.get("name") == "cta_url":
        shown.links = [(action["parameters"]["display_text"], action["parameters"]["url"])]


def user_of(chat: str) -> str:
    """Return a person's name of WhatsApp's own, which is all that is known of who hides their number."""
    return f"GB.{chat}" if chat.isdecimal() else chat


def batch(**value: Any) -> dict[str, Any]:
    """Return a webhook request's content with messages or statuses."""
    metadata = {"display_phone_number": NUMBER, "phone_number_id": NUMBER_ID}
    people = [one.get("from_user_id") or one["from"] for one in value.get("messages", [])]
    people += [one["recipient_id"] for one in value.get("statuses", [])]
    numbers = {chat: chat.removeprefix("GB.") for chat in people}
    contacts = [{"profile": {"name": "Jane"}, "user_id": user_of(c), "wa_id": n} for c, n in numbers.items()]
    whole: dict[str, Any] = {"messaging_product": "whatsapp", "metadata": metadata}
    whole |= {"contacts": contacts} if contacts else {}
    changes = [{"value": whole | value, "field": "messages"}]
    return {"object": "whatsapp_business_account", "entry": [{"id": ACCOUNT, "changes": changes}]}


def _wrong(content: dict[str, Any]) -> str | None:
    """Return what the Cloud API would object to, or None."""
    kind = content.get("type", "text")
    inner = content.get(kind, {})
    if content.get("messaging_product") != "whatsapp" or not _is_addressed(content):
        return "Invalid parameter"
    if kind == "text":
        return None if 0 < size(inner.get("body", "")) <= LONGEST else "Param text['body'] is too long"
    if kind == "interactive":
        return _wrong_interactive(inner)
    if kind == "template":
        value = inner["components"][0]["parameters"][0]["text"]
        good = 0 < size(value) <= LONGEST_VALUE and "\n" not in value and "    " not in value
        return None if good and inner["language"]["code"] else "Parameter format does not match"
    if kind == "document":
        return None if size(inner.get("caption", "")) <= LONGEST_CAPTION else "Param caption is too long"
    return None if kind == "image" and inner.get("link") else "Unsupported message type"


def _is_addressed(content: dict[str, Any]) -> bool:
    """Say whether a message goes to a number, or to a name of WhatsApp's own."""
    return str(content.get("to", "")).isdecimal() or str(content.get("recipient", "")).startswith("GB.")


def _wrong_interactive(inner: dict[str, Any]) -> str | None:
    action, kind = inner["action"], inner["type"]
    if not 0 < size(inner["body"]["text"]) <= LONGEST_BODY:
        return "Body text length invalid. Min length: 1, Max length: 1024"
    if kind == "button":
        replies = [button["reply"] for button in action["buttons"]]
        good = 0 < len(replies) <= MOST_BUTTONS and len({r["title"] for r in replies}) == len(replies)
        return (
            None
            if good and all(0 < size(r["title"]) <= LONGEST_BUTTON for r in replies)
            else "Invalid buttons"
        )
    if kind == "list":
        rows = [row for part in action["sections"] for row in part["rows"]]
        good = 0 < len(rows) <= MOST_ROWS and 0 < size(action["button"]) <= LONGEST_BUTTON
        fits = all(0 < size(r["title"]) <= LONGEST_ROW and len(r["id"]) <= LONGEST_ROW_ID for r in rows)
        return None if good and fits else "Invalid rows"
    parameters = action.get("parameters", {})
    good = kind == "cta_url" and parameters.get("url", "").startswith("http")
    return None if good and 0 < size(parameters["display_text"]) <= LONGEST_BUTTON else "Invalid action"
