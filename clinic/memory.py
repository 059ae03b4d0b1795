"""Gives memory back to the system after the model has been loaded."""

from __future__ import annotations

import ctypes
import gc
import sys

# How many new objects the collector waits for, how often it looks at those before it looks at older ones, and
# at the oldest. With Python's own, 700 objects, it takes 3 of 100 of a message's time.
RARELY = (20_000, 20, 20)


def give_back() -> None:
    """Collect what loading left behind and return it; 50 to 100 MB on Linux, nothing elsewhere.

    What lives now lives as long as the process: the collector need not look at it again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*RARELY)
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it, musl has not
        if trim:
            trim(0)
