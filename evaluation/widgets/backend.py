"""A server that speaks the other widgets' protocols: it notes each message and repeats it.

python -m evaluation.widgets.backend PORT CONTESTANT ORIGIN NOTES
"""

from __future__ import annotations

import asyncio
import base64
import html
import sys
from pathlib import Path
from typing import Any

import socketio
from aiohttp import web

from clinic.settings.environment import PROJECT
from evaluation.widgets.contestants import CONTESTANTS, Contestant

HOSTILE = PROJECT / "widget" / "demo" / "hostile.css"
THOUGHT = 0.3  # seconds
POLICY = (
    "default-src 'none'; script-src 'self' {origin}; connect-src 'self' {origin}; style-src 'none'; "
    "img-src 'self' {origin}; require-trusted-types-for 'script'"
)


def main() -> None:
    """Serve until killed."""
    port, number, origin, notes = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], Path(sys.argv[4])
    web.run_app(application(CONTESTANTS[number], origin, notes), host="127.0.0.1", port=port, print=None)


def application(one: Contestant, origin: str, notes: Path) -> web.Application:
    """Return the pages of a contestant, its files and its back end."""

    async def note(text: str) -> str:
        """Keep a message at once and answer it after as long as an assistant thinks."""
        with notes.open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")
        await asyncio.sleep(THOUGHT)
        return f"Reply to {text}"

    app = web.Application()
    app.add_routes(
        [
            web.get("/page", lambda request: _page(request, one, origin)),
            web.get("/start.js", lambda _: _script(one.start.format(origin=origin))),
            web.get("/hostile.css", lambda _: _file(HOSTILE)),
            web.get("/npm/{path:.+}", lambda request: _file(one.file(request.match_info["path"]))),
            web.get("/favicon.ico", lambda _: _empty()),
        ]
    )
    _deep_chat(app, note)
    _n8n(app, note)
    _open_chat_studio(app, note)
    _rasa_webchat(app, note)
    return app


async def _page(request: web.Request, one: Contestant, origin: str) -> web.Response:
    hostile = '<link rel="stylesheet" href="/hostile.css">' if "hostile" in request.query else ""
    start = '<script type="module" src="/start.js"></script>' if one.start else ""
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(one.name)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{one.head}{hostile}</head>'
        f"<body><main><h1>A page</h1></main>{one.body.format(origin=origin)}{start}</body></html>"
    )
    headers = {"Content-Security-Policy": POLICY.format(origin=origin)} if "strict" in request.query else {}
    return web.Response(text=page, content_type="text/html", headers=headers)


async def _script(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/javascript")


async def _file(path: Path) -> web.StreamResponse:
    return web.FileResponse(path)


async def _empty() -> web.Response:
    return web.Response(status=204)


def _deep_chat(app: web.Application, note: Any) -> None:
    async def reply(request: web.Request) -> web.Response:
        content = await request.json()
        return web.json_response({"text": await note(content["messages"][-1]["text"])})

    app.router.add_post("/deep-chat", reply)


def _n8n(app: web.Application, note: Any) -> None:
    async def reply(request: web.Request) -> web.Response:
        content = await request.json()
        if content.get("action") == "loadPreviousSession":
            return web.json_response({"data": []})
        return web.json_response({"output": await note(content["chatInput"])})

    app.router.add_post("/n8n", reply)


def _open_chat_studio(app: web.Application, note: Any) -> None:
    async def begin(_: web.Request) -> web.Response:
        about = {"name": "x", "version": 1, "version_description": ""}
        return web.json_response({"session_id": "s", "chatbot": about, "participant": {"identifier": "p"}})

    async def take(request: web.Request) -> web.Response:
        text = (await request.json())["message"]
        await note(text)
        return web.json_response(
            {"task_id": base64.urlsafe_b64encode(text.encode()).decode(), "status": "processing"}
        )

    async def poll(request: web.Request) -> web.Response:
        text = base64.urlsafe_b64decode(request.match_info["task"]).decode()
        message = {"created_at": "2026-11-23T10:00:00Z", "role": "assistant", "content": f"Reply to {text}"}
        return web.json_response({"message": message, "status": "complete"})

    async def news(_: web.Request) -> web.Response:
        return web.json_response({"messages": [], "has_more": False, "session_status": "active"})

    app.router.add_post("/api/chat/start/", begin)
    app.router.add_post("/api/chat/{session}/message/", take)
    app.router.add_get("/api/chat/{session}/poll/", news)
    app.router.add_get("/api/chat/{session}/{task}/poll/", poll)


def _rasa_webchat(app: web.Application, note: Any) -> None:
    """Answer as Rasa's socketio channel does."""
    server = socketio.AsyncServer(async_mode="aiohttp", cors_allowed_origins="*")
    server.attach(app)

    @server.on("session_request")
    async def begin(sid: str, data: Any) -> None:
        await server.emit("session_confirm", (data or {}).get("session_id") or sid, to=sid)

    @server.on("user_uttered")
    async def take(sid: str, data: Any) -> None:
        if data.get("message"):  # else it is the widget's own greeting
            await server.emit("bot_uttered", {"text": await note(data["message"])}, to=sid)


if __name__ == "__main__":
    main()
