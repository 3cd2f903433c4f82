"""Keeps what a plugin does to the process, while it loads or watches a run, from the run."""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator

__all__ = ["STEERS", "guarded"]

# What decides how a run is configured, and on which device; a plugin's own library may have variables of its own.
STEERS = ("MULTIGAN_", "KERAS_", "CUDA_VISIBLE_DEVICES", "JAX_PLATFORMS")

SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


@contextlib.contextmanager
def guarded() -> Iterator[list[str]]:
    """While open, what is printed goes to stderr; afterwards the current folder, the handlers of signals and the
    variables that steer a run are what they were. The list then names those that were changed.
    """
    changed: list[str] = []
    folder, handlers, variables = _folder(), _handlers(), _variables()
    try:
        # A plugin that prints while it loads must not spoil what `--json` writes to stdout.
        with contextlib.redirect_stdout(sys.stderr):
            yield changed
    finally:
        if folder and _folder() != folder:
            os.chdir(folder)
            changed.append("the current folder")
        for number, handler in handlers.items():
            if signal.getsignal(number) is not handler:
                signal.signal(number, handler)
                changed.append(f"what {number.name} does")
        now = _variables()
        for name in sorted(variables.keys() | now.keys()):
            if now.get(name) != variables.get(name):
                changed.append(f"the variable {name}")
                if name in variables:
                    os.environ[name] = variables[name]
                else:
                    del os.environ[name]


def _folder() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was deleted
        return ""


def _handlers() -> dict[signal.Signals, object]:
    if threading.current_thread() is not threading.main_thread():
        return {}  # only there can they be set
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    return {number: handler for number, handler in handlers.items() if handler is not None}


def _variables() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith(STEERS)}
