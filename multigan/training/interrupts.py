"""Turns signals and a time limit into an orderly stop after the current step."""

import os
import signal
import threading
import time

__all__ = ["Interrupts"]

# A terminal that is closed, or a connection that is lost, sends SIGHUP; a cluster that takes its machine back SIGTERM.
SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Interrupts:
    """While open, Ctrl-C, SIGTERM and SIGHUP ask for a stop; a second one ends the process at once.

    Until `begin` is called there is nothing to finish, and a signal raises `KeyboardInterrupt` with its name. SIGHUP
    is left alone where it is ignored, as under nohup.

    Attributes:
        reason: why a stop is asked for; empty while none is.
    """

    def __init__(self):
        self.reason = ""
        self._begun, self._deadline, self._before = False, None, {}

    def __enter__(self):
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                if number == signal.SIGINT or signal.getsignal(number) != signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._receive)
        return self

    def __exit__(self, *error):
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def begin(self, minutes: float | None = None) -> None:
        """From now on there are steps to finish. Args: `minutes`, after which to ask for a stop; None for never."""
        self._begun = True
        self._deadline = None if minutes is None else time.monotonic() + 60.0 * minutes

    def ask(self, reason: str) -> None:
        """Asks for a stop after this step. Args: `reason`, in words."""
        self.reason = self.reason or reason

    def requested(self) -> bool:
        """Whether to stop after this step."""
        if not self.reason and self._deadline is not None and time.monotonic() >= self._deadline:
            self.reason = "the time limit"
        return bool(self.reason)

    def _receive(self, number, frame):
        name = signal.Signals(number).name
        if not self._begun:
            raise KeyboardInterrupt(name)
        if self.reason in (signal.Signals(n).name for n in SIGNALS):
            os._exit(130)
        self.reason = name
