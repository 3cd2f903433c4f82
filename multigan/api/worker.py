"""One of the processes that train a run together: `python -m multigan.api.worker`, see `multigan.api.workers`.

The first line of stdin says what to do. It ends in good order when stdin does, which is when whoever started it has
ended, however that was.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import traceback
from dataclasses import asdict
from typing import Any

from multigan.api.host import Host
from multigan.api.train import Told
from multigan.api.workers import config_of
from multigan.disk import refusal
from multigan.errors import MultiganError, RunFailedError
from multigan.training.crew import last_words
from multigan.training.display import Display

__all__ = ["main"]


def main(told: dict[str, Any]) -> int:
    """Trains; returns the exit code of `multigan run`."""
    leads = told["process"] == 0
    tell = _Pipe(told["pipe"]) if leads else None
    words = tell.lost if leads else last_words()
    try:
        return _train(told, tell, words)
    except BaseException as error:
        kind = type(error).__name__
        if not isinstance(error, (MultiganError, KeyboardInterrupt)):
            traceback.print_exc()
            told = refusal(error)
            error = RunFailedError(told or f"{kind}: {' '.join(str(error).split())}")
            kind = "RunFailedError" if told else kind
        words(str(error)) if not leads else tell.failed(str(error), kind)
        return getattr(error, "exit_code", 130)


class _Pipe:
    """Tells the process that started this one how the run goes."""

    def __init__(self, descriptor: int):
        self._descriptor = descriptor

    def tell(self, **message: Any) -> None:
        """Writes one line, wholly; nobody who reads it is no error."""
        try:
            rest = json.dumps(message, default=float).encode() + b"\n"
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except BrokenPipeError:
            pass

    def failed(self, message: str, kind: str) -> None:
        """Tells why it ends."""
        self.tell(error={"kind": kind, "message": message})

    def lost(self, message: str) -> None:
        """Tells that it ends since another has gone."""
        self.failed(message, "WorkerLostError")


def _train(told: dict[str, Any], tell: _Pipe | None, words: Any) -> int:
    from multigan.terminal.display import show_run
    from multigan.training.session import start

    host = Host(blocked=tuple(told["blocked"]), quiet=told["quiet"])
    with show_run(host.quiet) as display:
        if tell is not None:
            display = _Relayed(display, tell)
        finished = start(config_of(told, host, words), host.registry, display, told["strict"])
    if tell is not None:
        run = finished.run
        tell.tell(
            ended={
                "result": asdict(finished.result),
                "device": run.device,
                "findings": [asdict(finding) for finding in run.findings],
                "present": list(run.present),
                "recoveries": run.recoveries,
                "best": run.best,
                "observer_failed": finished.observer_failed,
            }
        )
    return 0


class _Relayed(Told):
    """A display whose lines of the log go to the process that started this one, too."""

    def __init__(self, display: Display, pipe: _Pipe):
        super().__init__(display, lambda line: pipe.tell(line=line))
        self._pipe = pipe

    def started(self, run: Any) -> None:
        """Passed on, with the place of the run."""
        self._pipe.tell(directory=str(run.directory.path))
        super().started(run)


def _end_with_stdin() -> None:
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    if hasattr(signal, "pthread_sigmask"):  # whoever started it may have held back signals, as a thread of Ray's does
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
    # Not by sys.stdin, whose buffer would hold a lock that Python waits for at its end.
    line = b""
    while not line.endswith(b"\n"):
        part = os.read(0, 1)
        if not part:
            sys.exit(1)
        line += part
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    code = main(json.loads(line))
    sys.stdout.flush()
    sys.stderr.flush()
    # At once: at Python's own end JAX would wait for processes that may have gone.
    os._exit(code)
