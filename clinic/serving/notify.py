"""Tells whoever started this process how it is: systemd's protocol, spoken by clinic.start as well.

A process that is ready says every few seconds that it still runs. One that falls silent is replaced;
one that finds nobody to tell any more, because its supervisor was killed, ends by itself.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket

READY, STOPPING, ALIVE = "READY=1", "STOPPING=1", "WATCHDOG=1"
BEAT_SECONDS = 5.0
logger = logging.getLogger(__name__)


def tell(state: str) -> None:
    """Send a state to the socket that NOTIFY_SOCKET names, if it names one.

    Raises:
        ConnectionRefusedError, FileNotFoundError: nobody listens there any more.
        BlockingIOError: who listens does not read.

    """
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.setblocking(False)
        channel.sendto(state.encode(), "\0" + address[1:] if address.startswith("@") else address)


async def keep_telling() -> None:
    """Say that this process is ready, and from then on that it runs."""
    state = READY
    while True:
        try:
            tell(state)
        except BlockingIOError:
            pass  # busy; it will be told the next time
        except (ConnectionRefusedError, FileNotFoundError):
            logger.critical("Whoever started this process is gone; it ends.")
            os.kill(os.getpid(), signal.SIGTERM)
            return
        else:
            state = ALIVE
        await asyncio.sleep(BEAT_SECONDS)
