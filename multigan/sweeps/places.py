"""Where the runs of a sweep go: what a sweep asks of any place, and this machine, whose processes they are."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from multigan.devices import keep_to
from multigan.sweeps.asked import without_values
from multigan.sweeps.folder import Folder
from multigan.sweeps.plan import Job
from multigan.sweeps.slots import Slot

__all__ = ["Here", "Places", "Started", "command", "told_of_code", "words"]


class Started(Protocol):
    """A run that was started.

    Attributes:
        job: the run.
        lost: what became of it, where it has gone by no fault of its own, so that another start may finish it; or "".
    """

    job: Job
    lost: str

    def poll(self) -> int | None:
        """Returns its exit code, once it has ended."""

    def stop(self) -> None:
        """Tells it to end in good order."""

    def close(self) -> None:
        """Lets go of it; one that still runs ends in good order."""

    def wait(self, seconds: float) -> None:
        """Waits, after `close`, until it has ended; ends it at once after some seconds."""


class Places(Protocol):
    """Where runs are started.

    Attributes:
        restarts: how often a run that was lost is started again.
    """

    restarts: int

    def room(self) -> bool:
        """Whether another run may be started now."""

    def start(self, job: Job) -> Started:
        """Starts a run, which adds what it says to its file in `logs`."""


def words(folder: Folder, job: Job, blocked: Sequence[str] = ()) -> list[str]:
    """Returns what Python is started with for a run."""
    return ["-P", "-m", "multigan.sweeps.worker", str(folder.path), job.name, *blocked]


def told_of_code(code: int) -> str:
    """Returns how a process ended, in words. Args: `code`, its exit code; below zero, the signal that ended it."""
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"its process was ended by {signal.Signals(-code).name}"
    return f"its process ended with exit code {code}"


@dataclass
class Here:
    """Processes of this machine.

    Args:
        folder: of the sweep.
        slots: what each of those that go at the same time has.
        command: returns the words that start a run.
        environ: of this process.
    """

    folder: Folder
    slots: Sequence[Slot]
    command: Callable[[Job], Sequence[str]]
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    restarts = 0

    def __post_init__(self):
        self._free = list(self.slots)

    def room(self) -> bool:
        """As of `Places`."""
        return bool(self._free)

    def start(self, job: Job) -> Started:
        """As of `Places`."""
        slot, path = self._free.pop(0), self.folder.talk(job.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "ab") as talk:
            # In a session of its own, so that Ctrl-C comes here alone, and stdin tells it when this process has ended.
            process = subprocess.Popen(
                self.command(job),
                stdin=subprocess.PIPE,
                stdout=talk,
                stderr=talk,
                env=without_values(self.environ) | slot.environ,
                start_new_session=True,
            )
        keep_to(process.pid, slot.cpus)
        return _Process(job, process, lambda: self._free.append(slot))


def command(folder: Folder, job: Job, blocked: Sequence[str] = ()) -> list[str]:
    """Returns what a run's process is started with on this machine."""
    return [sys.executable, *words(folder, job, blocked)]


@dataclass
class _Process:
    job: Job
    process: subprocess.Popen
    free: Callable[[], None]
    lost = ""

    def poll(self) -> int | None:
        return self.process.poll()

    def stop(self) -> None:
        self.process.terminate()

    def close(self) -> None:
        self.process.stdin.close()
        self.free()

    def wait(self, seconds: float) -> None:
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
