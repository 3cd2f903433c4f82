"""Keeps what a C library writes to the terminal away from it: libmpg123 warns there, and libsndfile cannot stop it."""

from __future__ import annotations

import contextlib
import ctypes
import platform
import threading
from collections.abc import Iterator
from functools import cache

__all__ = ["quiet"]

_LOCK = threading.Lock()
_inside = 0
_loud: int | None = None


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """While any thread is in here, what C code prints to `stderr` is dropped; does nothing where that is unsafe.

    File descriptor 2 stays as it is, so Python's own messages, and those of its crashes, come through from all threads.
    What changes is glibc's variable `stderr`, to which alone C code prints: of other systems it is not known whether it
    may be changed.
    """
    global _inside, _loud
    streams = _streams()
    if streams is None:
        yield
        return
    stderr, silent = streams
    with _LOCK:
        _inside += 1
        if _inside == 1:
            _loud, stderr.value = stderr.value, silent
    try:
        yield
    finally:
        with _LOCK:
            _inside -= 1
            if not _inside:
                stderr.value = _loud


@cache
def _streams() -> tuple[ctypes.c_void_p, int] | None:
    """Returns the variable, and a stream that drops all, which stays open."""
    if platform.libc_ver()[0] != "glibc":
        return None
    try:
        library = ctypes.CDLL(None)
        library.fopen.restype = ctypes.c_void_p
        silent = library.fopen(b"/dev/null", b"w")
        return (ctypes.c_void_p.in_dll(library, "stderr"), silent) if silent else None
    except (OSError, AttributeError, ValueError):
        return None
