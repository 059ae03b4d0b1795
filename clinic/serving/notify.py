"""Tells whoever started this process how it is: systemd's protocol, spoken by clinic.start as well."""

from __future__ import annotations

import os
import socket

READY, STOPPING = "READY=1", "STOPPING=1"


def tell(state: str) -> None:
    """Send a state to the socket that NOTIFY_SOCKET names, if it names one."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.sendto(state.encode(), "\0" + address[1:] if address.startswith("@") else address)
