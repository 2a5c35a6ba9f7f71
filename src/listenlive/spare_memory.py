"""Memory that is free, given back: C libraries keep it for themselves, scattered."""

import ctypes
import sys
from collections.abc import Callable
from functools import cache


def give_back() -> None:
    """Give what this program does not use any more to the rest of the computer, where that is
    possible.

    Models take and free a hundred megabytes for each piece they hear, on several threads, and what
    is kept meanwhile lies between: glibc gives back the end of its heaps only, and in an hour the
    program has grown by all the gaps. Takes some milliseconds.
    """
    _trim()(0)


@cache
def _trim() -> Callable[[int], object]:
    """What glibc has for it; elsewhere nothing is done."""
    if not sys.platform.startswith("linux"):
        return lambda _kept: None
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
    return trim or (lambda _kept: None)
