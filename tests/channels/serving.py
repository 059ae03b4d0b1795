"""An application of Sanic on a free port of this machine."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp
from sanic import Sanic


@asynccontextmanager
async def serving(app: Sanic) -> AsyncIterator[aiohttp.ClientSession]:
    """Serve while the block runs, and yield a client that asks it."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = await app.create_server(sock=listening, return_asyncio_server=True, access_log=False)
    await server.startup()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{listening.getsockname()[1]}") as session:
        yield session
    server.close()
    await server.wait_closed()


def application(name: str) -> Sanic:
    """Return an application that no other test knows; ``name`` is the test's folder."""
    Sanic.test_mode = True
    return Sanic(name.replace("_", "-"), register=False)


async def get(client: aiohttp.ClientSession, path: str) -> tuple[int, str, Mapping[str, str]]:
    """Return status, text and headers; a redirection is not followed."""
    async with client.get(path, allow_redirects=False) as reply:
        return reply.status, await reply.text(), reply.headers
