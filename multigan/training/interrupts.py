"""Turns signals and a time limit into an orderly stop after the current step."""

import os
import signal
import threading
import time

__all__ = ["Interrupts"]


class Interrupts:
    """While open, Ctrl-C and SIGTERM ask for a stop; a second one ends the process at once.

    Args:
        minutes: ask for a stop after so long; None for never.

    Attributes:
        reason: why a stop is asked for; empty while none is.
    """

    def __init__(self, minutes: float | None = None):
        self.reason = ""
        self._deadline = None if minutes is None else time.monotonic() + 60.0 * minutes
        self._before = {}

    def __enter__(self):
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._receive)
        return self

    def __exit__(self, *error):
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def requested(self) -> bool:
        """Whether to stop after this step."""
        if not self.reason and self._deadline is not None and time.monotonic() >= self._deadline:
            self.reason = "the time limit"
        return bool(self.reason)

    def _receive(self, number, frame):
        if self.reason:
            os._exit(130)
        self.reason = signal.Signals(number).name
