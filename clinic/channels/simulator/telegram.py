"""A simulated Telegram: the methods of the Bot API that the assistant calls, and updates to its webhook."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any, ClassVar

from aiohttp import web

from clinic.channels.messaging.text import size
from clinic.channels.simulator import forms
from clinic.channels.simulator.base import Shown, Simulator
from clinic.channels.telegram import HEADER

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"  # noqa: S105 (of no bot: the simulator's own)
BOT = {"id": 110201543, "is_bot": True, "first_name": "Clinic", "username": "clinic_bot"}
LONGEST, LONGEST_DATA, MOST_BUTTONS = 4096, 64, 100
WEBHOOK = "/webhooks/telegram/webhook"


class TelegramSimulator(Simulator):
    """The Bot API.

    Attributes:
        secret: What updates show: what setWebhook was given, or what is set here.

    """

    name: ClassVar[str] = "telegram"

    def __init__(self, assistant: str, secret: str = "") -> None:
        self.secret = secret
        self.webhook: dict[str, Any] = {"url": ""}
        super().__init__(assistant)

    def settings(self) -> dict[str, str]:
        """See Simulator."""
        return {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API": self.address}

    def routes(self) -> list[web.RouteDef]:
        """See Simulator."""
        return [web.route("*", "/bot{token}/{method}", self._call)]

    async def write(self, chat: str, text: str) -> None:
        """See Simulator."""
        await self.tell(chat, "message", self.message(chat, text=text))

    async def press(self, shown: Shown, key: str) -> None:
        """See Simulator."""
        buttons = [[{"text": title, "callback_data": data}] for title, data in shown.buttons]
        below = self.message(shown.chat, text=shown.text, reply_markup={"inline_keyboard": buttons})
        below |= {"message_id": int(shown.id), "from": BOT}
        query = {"id": str(next(self.numbers) + 10**17), "from": person(shown.chat), "message": below}
        query |= {"chat_instance": "-3434", "data": key}
        await self.tell(shown.chat, "callback_query", query)

    def message(self, chat: str, **content: Any) -> dict[str, Any]:
        """Return a message of a person, as updates hold it."""
        return {
            "message_id": next(self.numbers),
            "from": person(chat),
            "chat": {"id": int(chat), "first_name": "Jane", "type": "private"},
            "date": int(time.time()),
            **content,
        }

    async def tell(self, chat: str, kind: str, content: Mapping[str, Any]) -> None:
        """Send an update. Raises NotTaken."""
        body = json.dumps({"update_id": next(self.numbers) + 10**8, kind: content}).encode()
        await self.post(WEBHOOK, body, self.headers(), chat)

    def headers(self) -> dict[str, str]:
        """Return the headers of an update."""
        return {"Content-Type": "application/json", HEADER: self.secret}

    async def _call(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != TOKEN:
            return _refused(401, "Unauthorized")
        values = await forms.values(request)
        method = request.match_info["method"]
        known = {
            "getMe": lambda: BOT | {"can_join_groups": True},
            "setWebhook": lambda: self._set_webhook(values),
            "deleteWebhook": lambda: self._set_webhook({"url": ""}),
            "getWebhookInfo": lambda: self.webhook | {"pending_update_count": 0},
            "setMyCommands": lambda: True,
            "sendChatAction": lambda: self._note("typing", values),
            "answerCallbackQuery": lambda: self._note("answered", values),
        }
        if method in known:
            return web.json_response({"ok": True, "result": known[method]()})
        if method not in {"sendMessage", "sendPhoto", "sendDocument"}:
            return _refused(404, "Not Found")
        wrong = _wrong(method, values)
        if method == "sendDocument" and not self.takes_files:
            wrong = "the document is not taken"
        if wrong:
            return _refused(400, f"Bad Request: {wrong}")
        result = await self.taking(lambda: self._take(method, values), request)
        return web.json_response({"ok": True, "result": result})

    def too_many(self) -> web.HTTPException:
        """See Simulator: Telegram says in the body how long to wait."""
        content = {
            "ok": False,
            "error_code": 429,
            "description": f"Too Many Requests: retry after {self.pause}",
            "parameters": {"retry_after": self.pause},
        }
        return web.HTTPTooManyRequests(text=json.dumps(content), content_type="application/json")

    def refusal(self) -> web.HTTPException:
        """See Simulator."""
        content = {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}
        return web.HTTPForbidden(text=json.dumps(content), content_type="application/json")

    def _set_webhook(self, values: dict[str, Any]) -> bool:
        self.secret = str(values.get("secret_token", ""))
        self.webhook = {"url": values.get("url", ""), "has_custom_certificate": False}
        return True

    def _note(self, what: str, values: dict[str, Any]) -> bool:
        self.actions.append((what, str(values.get("chat_id") or values.get("callback_query_id"))))
        return True

    def _take(self, method: str, values: dict[str, Any]) -> dict[str, Any]:
        """Show a message and return it as the Bot API does."""
        chat, number = str(values["chat_id"]), next(self.numbers)
        keyboard = [button for row in _keyboard(values) for button in row]
        self.shown.append(
            Shown(
                chat,
                str(values.get("text") or values.get("photo") or values.get("caption") or ""),
                [(b["text"], b["callback_data"]) for b in keyboard if "callback_data" in b],
                [(b["text"], b["url"]) for b in keyboard if "url" in b],
                values["document"].content if method == "sendDocument" else None,
                str(number),
            )
        )
        sent = {"message_id": number, "from": BOT, "date": int(time.time())}
        chat_object = {"id": int(chat), "first_name": "Jane", "type": "private"}
        shown = {"text": values["text"]} if method == "sendMessage" else {"caption": ""}
        return sent | {"chat": chat_object} | shown


def person(chat: str) -> dict[str, Any]:
    """Return a person as updates name them."""
    return {"id": int(chat), "is_bot": False, "first_name": "Jane", "language_code": "en"}


def _keyboard(values: dict[str, Any]) -> list[list[dict[str, str]]]:
    markup = values.get("reply_markup") or {}
    markup = json.loads(markup) if isinstance(markup, str) else markup
    return list(markup.get("inline_keyboard") or [])


def _wrong(method: str, values: dict[str, Any]) -> str | None:
    """Return what Telegram would object to, or None."""
    if not str(values.get("chat_id", "")).lstrip("-").isdigit():
        return "chat not found"
    if method == "sendMessage" and not 0 < size(str(values.get("text") or "")) <= LONGEST:
        return "message is too long" if values.get("text") else "message text is empty"
    if method == "sendDocument" and not isinstance(values.get("document"), forms.File):
        return "there is no document in the request"
    return _wrong_buttons([button for row in _keyboard(values) for button in row])


def _wrong_buttons(buttons: list[dict[str, str]]) -> str | None:
    if len(buttons) > MOST_BUTTONS:
        return "reply markup is too long"
    for button in buttons:
        if not 0 < len(button.get("callback_data", "x").encode()) <= LONGEST_DATA:
            return "BUTTON_DATA_INVALID"
        if not button.get("text") or ("url" in button and not button["url"].startswith("https://")):
            return "BUTTON_URL_INVALID"
    return None


def _refused(status: int, why: str) -> web.Response:
    return web.json_response({"ok": False, "error_code": status, "description": why}, status=status)
