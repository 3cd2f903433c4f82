"""The command line in processes that are forks of one which has imported Keras, a backend and what a run needs.

Each is a process of its own in every other way: environment, folder, streams, signals, exit code. Tests of how one
begins (what it imports, what it finds in a home, what libraries print meanwhile) start it from nothing instead.

    python -P tests/forked.py        # reads a request a line, answers with the exit code
"""

import atexit
import contextlib
import importlib
import json
import os
import random
import select
import signal
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

IMPORTED = (
    "keras", "grain", "jinja2", "matplotlib.figure", "sklearn.neighbors", "multigan.cli.run", "multigan.training.loop",
    "multigan.training.session", "multigan.training.animation", "multigan.trained.sampling",
    "multigan.trained.evaluating",
)  # fmt: skip
SIGNALS = ("SIGINT", "SIGHUP", "SIGTERM")


class Forks:
    """Starts the process that is forked, when it is first needed, and ends it."""

    def __init__(self):
        self._parent = None

    def run(self, words, *, cwd, env, timeout=300) -> subprocess.CompletedProcess:
        """As `subprocess.run` of `python -m multigan WORDS`, with captured text and an empty stdin."""
        if self._parent is None:
            self._parent = subprocess.Popen(
                [sys.executable, "-P", __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                start_new_session=True,
            )  # fmt: skip
        words = [str(word) for word in words]
        with tempfile.TemporaryDirectory() as place:
            streams = [str(Path(place) / name) for name in ("stdout", "stderr")]
            ignored = [name for name in SIGNALS if signal.getsignal(getattr(signal, name)) == signal.SIG_IGN]
            request = {"words": words, "cwd": str(cwd), "env": dict(env), "streams": streams, "ignored": ignored}
            print(json.dumps(request), file=self._parent.stdin, flush=True)
            if not select.select([self._parent.stdout], [], [], timeout)[0]:
                self.end()
                raise subprocess.TimeoutExpired(words, timeout)
            code = int(self._parent.stdout.readline())
            out, err = (Path(stream).read_text() for stream in streams)
        return subprocess.CompletedProcess(words, code, out, err)

    def end(self):
        """Ends it, and what it has forked."""
        if self._parent is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._parent.pid, signal.SIGKILL)
            self._parent.wait()
            self._parent.stdin.close()
            self._parent.stdout.close()
            self._parent = None


def become(request):
    """Makes of a fork the process that was asked for."""
    import numpy as np

    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    sys.path[:0] = [request["cwd"], *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    sys.argv = [str(Path(importlib.util.find_spec("multigan").origin).with_name("__main__.py")), *request["words"]]
    for number, stream in enumerate(request["streams"], 1):
        os.dup2(os.open(stream, os.O_WRONLY | os.O_CREAT), number)
    for name in SIGNALS:
        usual = signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL
        signal.signal(getattr(signal, name), signal.SIG_IGN if name in request["ignored"] else usual)
    # What a process draws that was never given a seed is no other fork's.
    random.seed()
    np.random.seed()


def live(request) -> int:
    """The whole life of a fork; returns its exit code."""
    from multigan.cli import main

    try:
        become(request)
        main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    return code


def main():
    """Imports everything; then makes a fork for each request, and waits for it."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    requests = os.fdopen(os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    from multigan.backend import quiet_libraries
    from multigan.environment import ignore_switches

    ignore_switches(os.environ)
    with quiet_libraries():
        for module in IMPORTED:
            importlib.import_module(module)
    for line in requests:
        child = os.fork()
        if child == 0:
            code = 1
            with contextlib.suppress(BaseException):
                code = live(json.loads(line))
            os._exit(code)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), file=answers, flush=True)


if __name__ == "__main__":
    main()
