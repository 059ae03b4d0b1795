"""Telegram's requests: each shape of the Bot API's documentation, and what must be refused."""

from __future__ import annotations

import time

from clinic.channels.simulator.telegram import BOT, TelegramSimulator
from clinic.channels.telegram import HEADER
from tests.channels.messaging.driver import Driver


class TelegramDriver(Driver):
    simulator = TelegramSimulator
    sim: TelegramSimulator

    def text(self, chat, words):
        return self.update("message", self.sim.message(chat, text=words))

    def batch(self, *contents):
        return list(contents)  # Telegram sends one update a request

    def update(self, kind, content):
        return {"update_id": next(self.sim.numbers) + 10**8, kind: content}

    def headers(self, body):
        return self.sim.headers()

    def forgeries(self, body):
        secret = self.sim.secret
        shown = {"missing": None, "empty": "", "wrong": "f" * 64, "stale": secret[::-1]}
        shown |= {"cut": secret[:-1], "longer": f"{secret}0", "not ascii": "ÿ" * 64}
        return {name: (body, {HEADER: value} if value is not None else {}) for name, value in shown.items()}

    def shapes(self, chat):
        """Yield (name, content, what is answered): a kind, None for nothing, "*" for any answer."""
        size = {"file_id": "AgAD", "file_unique_id": "q", "width": 90, "height": 90, "file_size": 1}
        message, update = self.sim.message, self.update
        yield "picture", update("message", message(chat, photo=[size])), "picture"
        yield "caption", update("message", message(chat, photo=[size], caption="does it hurt?")), "*"
        yield "voice", update("message", message(chat, voice=size | {"duration": 3})), "voice"
        yield "audio", update("message", message(chat, audio=size | {"duration": 3})), "voice"
        yield "video", update("message", message(chat, video=size)), "video"
        yield "video note", update("message", message(chat, video_note=size)), "video"
        yield "animation", update("message", message(chat, animation=size, document=size)), "picture"
        yield "sticker", update("message", message(chat, sticker=size | {"emoji": "👍"})), "sticker"
        place = {"latitude": 51.5, "longitude": -0.1}
        yield "location", update("message", message(chat, location=place)), "location"
        yield "venue", update("message", message(chat, venue={"location": place}, location=place)), "location"
        yield "document", update("message", message(chat, document=size)), "document"
        yield "poll", update("message", message(chat, poll={"id": "1", "question": "?"})), "other"
        yield "dice", update("message", message(chat, dice={"emoji": "🎲", "value": 3})), "other"
        phone = {"phone_number": "+447700900123", "first_name": "Jane"}
        yield "contact", update("message", message(chat, contact=phone)), "*"
        yield (
            "contact without number",
            update("message", message(chat, contact={"first_name": "J"})),
            "contact",
        )
        edited = message(chat, text="is it safe?") | {"edit_date": int(time.time())}
        yield "edited", update("edited_message", edited), "*"
        yield "start", update("message", message(chat, text="/start ref_12")), "*"
        yield "pinned", update("message", message(chat, pinned_message={})), None
        group = message(chat, text="hello") | {"chat": {"id": -100123, "type": "supergroup"}}
        yield "group", update("message", group), None
        yield "channel post", update("channel_post", group), None
        yield "inline query", update("inline_query", {"id": "1", "from": BOT, "query": "x"}), None
        yield "forged button", update("callback_query", self._press(chat, "/restart")), "other"
        yield "empty update", {"update_id": 1}, None
        yield "nonsense", {"update_id": [], "message": {"chat": "x", "message_id": {}}}, None
        yield "stop words", update("message", message(chat, text="Unsubscribe")), "stopped"

    def _press(self, chat, key):
        below = self.sim.message(chat, text="?") | {"from": BOT}
        return {"id": str(next(self.sim.numbers)), "message": below, "data": key}
