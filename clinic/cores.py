"""Which of the machine's cores a process uses: its Python one of them, what it does outside Python any.

Python's threads take turns. Where the next turn is another core's, that core has to be woken first, which on
virtual machines takes longer than many a turn: kept to one core, an assistant that eight visitors write to
answers a quarter more messages with a quarter less of the processor (python -m evaluation.one_core). Linux
only; elsewhere, and with ONE_CORE=no, the system decides.
"""

from __future__ import annotations

import logging
import os
import socket
import zlib
from contextlib import suppress

from clinic.settings import environment

_before: set[int] = set()  # the cores that the process might use when it settled
logger = logging.getLogger(__name__)


def settle() -> None:
    """Keep this thread, and those that it starts from now on, to one core.

    Processes on neighbouring ports get different ones, as far as there are some; so do containers, mostly.
    """
    if not environment().one_core or not hasattr(os, "sched_setaffinity"):
        return
    allowed = sorted(os.sched_getaffinity(0))
    chosen = allowed[(environment().port + zlib.crc32(socket.gethostname().encode())) % len(allowed)]
    try:
        os.sched_setaffinity(0, {chosen})
    except OSError as error:
        logger.warning("The system does not let this process keep to a core: %s", error.strerror)
    else:
        _before.update(allowed)


def roam() -> None:
    """Let this thread use all cores again: it works outside Python for milliseconds."""
    if _before:
        with suppress(OSError):  # others were dealt out meanwhile: the one is as good
            os.sched_setaffinity(0, _before)
