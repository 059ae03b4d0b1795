"""An application of Sanic on a free port of this machine."""

from __future__ import annotations

import gc
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager

import aiohttp
from sanic import Sanic


@asynccontextmanager
async def serving(app: Sanic) -> AsyncIterator[aiohttp.ClientSession]:
    """Serve while the block runs, and yield a client that asks it."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = await app.create_server(sock=listening, return_asyncio_server=True, access_log=False)
    with nothing_collected():
        await server.startup()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{listening.getsockname()[1]}") as session:
        yield session
    server.close()
    await server.wait_closed()


@contextmanager
def nothing_collected() -> Iterator[None]:
    """Put the collection of garbage off while the block runs.

    Sanic parses its routes at start. A task of an earlier test that is collected meanwhile is logged with its
    traceback, for which Python 3.11 parses as well: "AST constructor recursion depth mismatch".
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def application(name: str) -> Sanic:
    """Return an application that no other test knows; ``name`` is the test's folder."""
    Sanic.test_mode = True
    return Sanic(name.replace("_", "-"), register=False)


async def get(client: aiohttp.ClientSession, path: str) -> tuple[int, str, Mapping[str, str]]:
    """Return status, text and headers; a redirection is not followed."""
    async with client.get(path, allow_redirects=False) as reply:
        return reply.status, await reply.text(), reply.headers
