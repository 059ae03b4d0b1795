"""Which of the machine's cores a process uses: its Python one of them, what it does outside Python any.

Python's threads take turns. Where the next turn is another core's, that core has to be woken first, which on
virtual machines takes longer than many a turn: kept to one core, an assistant that eight visitors write to
answers a quarter more messages with a quarter less of the processor (python -m evaluation.one_core). Linux
only; elsewhere, and with ONE_CORE=no, the system decides.
"""

from __future__ import annotations

import os
import socket
import zlib

from clinic.settings import environment


def settle() -> None:
    """Keep this thread, and those that it starts from now on, to one core.

    Processes on neighbouring ports get different ones, as far as there are some; so do containers, mostly.
    """
    if not environment().one_core or not hasattr(os, "sched_setaffinity"):
        return
    allowed = sorted(os.sched_getaffinity(os.getpid()))
    chosen = allowed[(environment().port + zlib.crc32(socket.gethostname().encode())) % len(allowed)]
    _before.update(allowed)
    os.sched_setaffinity(0, {chosen})


def roam() -> None:
    """Let this thread use all cores again: it works outside Python for milliseconds."""
    if _before:
        os.sched_setaffinity(0, _before)


_before: set[int] = set()  # the cores that the process might use when it settled
