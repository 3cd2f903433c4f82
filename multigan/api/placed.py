"""A worker's place on a cluster: what runs there beside the worker's own process, starts it, and tells of it.

Nothing here imports Ray before it runs there.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import IO, Any

from multigan.devices import cores, keep_to
from multigan.training.crew import free_port

__all__ = ["ALIKE", "CARRIED", "Place"]

# Variables that mean the same on every node: those of whoever started the run, and no others, are a worker's.
CARRIED = ("MULTIGAN_", "KERAS_", "JAX_", "XLA_", "TF_", "NCCL_", "OMP_", "ONEDNN_", "NVIDIA_TF32_OVERRIDE")
# What all workers must have in the same version.
ALIKE = ("multigan", "jax", "jaxlib", "keras", "numpy")
SEEN = 10.0  # seconds in which a file of another node's becomes visible
READ = 5.0  # seconds that what a process wrote may take after its end
LOOK = 0.1  # seconds between looks at whether the process has ended


class Place:
    """An actor of a Ray cluster, beside one worker; its methods are called from afar.

    Its process ends in good order when this one does.
    """

    def __init__(self):
        self._process: subprocess.Popen | None = None
        self._changed = threading.Condition()
        self._said: list[tuple[str, bytes]] = []
        self._dropped = 0
        self._readers: list[threading.Thread] = []

    def facts(self, token: str, names: Sequence[str] = ALIKE) -> dict[str, Any]:
        """Returns what this node is.

        Args:
            token: a file that the node that started the run has made.
            names: the packages whose versions matter.
        """
        import ray

        begun = time.monotonic()
        while not (seen := os.path.exists(token)) and time.monotonic() - begun < SEEN:
            time.sleep(LOOK)
        address = ray.util.get_node_ip_address()
        return {
            "host": socket.gethostname(),
            "address": address,
            "port": free_port(address),
            "seen": seen,
            "versions": {name: _version(name) for name in names},
            "cores": cores(),
        }

    def start(self, told: Mapping[str, Any], environ: Mapping[str, str], folder: str) -> None:
        """Starts the worker's process.

        Args:
            told: see `multigan.api.workers.told_of`.
            environ: variables that it is to have, among those of this node's own.
            folder: its current one.
        """
        reading, writing = os.pipe()
        words = ["-P", "-m", "multigan.api.worker"]
        self._begin(words, environ, folder, stdout=subprocess.PIPE, pass_fds=(writing,))
        os.close(writing)
        with contextlib.suppress(BrokenPipeError):  # it has ended already, which is seen soon
            self._process.stdin.write(json.dumps({**told, "pipe": writing}).encode() + b"\n")
            self._process.stdin.flush()
        for kind, source in (("talk", self._process.stdout), ("line", os.fdopen(reading, "rb"))):
            self._readers.append(threading.Thread(target=self._read, args=(kind, source), daemon=True))
            self._readers[-1].start()

    def run(
        self, words: Sequence[str], environ: Mapping[str, str], folder: str, talk: str, cpus: Sequence[int]
    ) -> None:
        """Starts a process of another kind, which writes what it says itself.

        Args:
            words: what Python is started with.
            environ, folder: as of `start`.
            talk: the file that what it says is added to.
            cpus: cores that it keeps to; empty for any.
        """
        os.makedirs(os.path.dirname(talk), exist_ok=True)
        with open(talk, "ab") as file:
            self._begin(words, environ, folder, stdout=file)
        keep_to(self._process.pid, cpus)

    def _begin(self, words: Sequence[str], environ: Mapping[str, str], folder: str, **how: Any) -> None:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(CARRIED)}
        self._process = subprocess.Popen(
            [sys.executable, *words],
            stdin=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=kept | dict(environ),
            cwd=folder,
            start_new_session=True,
            **how,
        )

    def _read(self, kind: str, source: IO[bytes]) -> None:
        with source:
            for line in source:
                with self._changed:
                    self._said.append((kind, line))
                    self._changed.notify_all()

    def poll(self, seen: int, seconds: float) -> tuple[list[tuple[str, bytes]], int | None]:
        """Returns what was said since, as soon as there is any, and the exit code once the process has ended.

        Args:
            seen: how many lines the caller has, which are kept here no longer.
            seconds: to wait.
        """
        deadline = time.monotonic() + seconds
        with self._changed:
            del self._said[: seen - self._dropped]
            self._dropped = seen
            while not self._said and self._process.poll() is None and time.monotonic() < deadline:
                self._changed.wait(LOOK)
        code = self._process.poll()
        if code is not None:
            for reader in self._readers:
                reader.join(READ)
        with self._changed:
            return list(self._said), code

    def send(self, name: str) -> None:
        """Sends the process a signal. Args: `name`, such as SIGTERM."""
        self._process.send_signal(getattr(signal, name, signal.SIGTERM))

    def close(self) -> None:
        """Tells the process that whoever started it has gone: it ends in good order."""
        if self._process is not None:
            self._process.stdin.close()

    def end(self) -> None:
        """Ends the process at once, where it still runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process.stdin.close()


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "none"
