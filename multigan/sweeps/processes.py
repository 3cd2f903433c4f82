"""Runs of a sweep as processes, some at a time. They end in good order when this one does, however it ends."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

from multigan.progress import Progress
from multigan.runs import RunDirectory
from multigan.sweeps.asked import without_values
from multigan.sweeps.folder import Folder
from multigan.sweeps.plan import Job
from multigan.sweeps.slots import Slot
from multigan.sweeps.worker import FAILED
from multigan.training.interrupts import Interrupts

__all__ = ["Ended", "Processes", "command"]

LOOK = 0.1  # seconds between looks at whether a process has ended
TELL = 1.0  # seconds between looks at how far the runs are
HELD = 120.0  # seconds to wait for what an earlier sweep, which was killed, left running
LAST = 60.0  # seconds that a process has to end where this one fails
TAIL = 1 << 14  # bytes of a file that are looked at from its end


@dataclass(frozen=True)
class Ended:
    """A run whose process has ended.

    Args:
        job: the run.
        reason: why it is not done; "" where it is.
        stopped: whether it is not done because it was asked to stop.
    """

    job: Job
    reason: str = ""
    stopped: bool = False


@dataclass
class _Running:
    job: Job
    slot: Slot
    process: subprocess.Popen
    talk: IO[bytes]


def command(folder: Folder, job: Job, blocked: Sequence[str] = ()) -> list[str]:
    """Returns what a run's process is started with."""
    return [sys.executable, "-P", "-m", "multigan.sweeps.worker", str(folder.path), job.name, *blocked]


@dataclass
class Processes:
    """Runs that go side by side.

    Args:
        folder: of the sweep.
        places: what each of those that go at the same time has.
        command: returns the words that start a run.
        steps: how many each run takes, for how far all of them are.
        environ: of this process.
    """

    folder: Folder
    places: Sequence[Slot]
    command: Callable[[Job], Sequence[str]]
    steps: Callable[[Job], int]
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def run(self, jobs: Sequence[Job], done: int, interrupts: Interrupts, progress: Progress) -> Iterator[Ended]:
        """Starts one after another as places fall free, and yields an `Ended` of each that was started.

        Args:
            jobs: in the order in which they start.
            done: steps of the runs that are done already.
            interrupts: when a stop is asked for no more runs are started, and those that go are told to end.
            progress: is told how many steps of all are done.
        """
        waiting, free, running = list(jobs), list(self.places), []
        total, since = done + sum(map(self.steps, jobs)), time.monotonic()
        told, stopping = -TELL, False
        try:
            while running or (waiting and not interrupts.requested()):
                if interrupts.requested() and not stopping:
                    stopping = True
                    progress.part("waiting for the runs to write their checkpoints")
                    for each in running:
                        each.process.terminate()
                while waiting and free and not interrupts.requested():
                    job = self._next(waiting, time.monotonic() - since > HELD)
                    if job is None:
                        break
                    running.append(self._start(job, free.pop(0)))
                for each in [each for each in running if each.process.poll() is not None]:
                    running.remove(each)
                    free.append(each.slot)
                    ended = self._ended(each, stopping)
                    done += self.steps(each.job)
                    yield ended
                if not stopping and time.monotonic() - told > TELL:
                    told = time.monotonic()
                    now = sum(min(self._step(each.job), self.steps(each.job)) for each in running)
                    progress.part("steps of all runs", done + now, total)
                time.sleep(LOOK)
        finally:
            for each in running:
                self._close(each)
            for each in running:
                try:
                    each.process.wait(LAST)
                except subprocess.TimeoutExpired:
                    each.process.kill()

    def _next(self, waiting: list[Job], any_of_them: bool) -> Job | None:
        """Takes the next run, which nobody holds: a sweep that was killed may have left some that are just ending."""
        for job in waiting:
            if any_of_them or not RunDirectory(self.folder.run(job.name)).busy():
                waiting.remove(job)
                return job
        return None

    def _start(self, job: Job, slot: Slot) -> _Running:
        path = self.folder.talk(job.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        talk = open(path, "ab")  # noqa: SIM115
        # In a session of its own, so that Ctrl-C comes here alone, and stdin tells it when this process has ended.
        process = subprocess.Popen(
            self.command(job),
            stdin=subprocess.PIPE,
            stdout=talk,
            stderr=talk,
            env=without_values(self.environ) | slot.environ,
            start_new_session=True,
        )
        if slot.cpus and hasattr(os, "sched_setaffinity"):
            with contextlib.suppress(OSError):  # it has ended already
                os.sched_setaffinity(process.pid, slot.cpus)
        return _Running(job, slot, process, talk)

    def _ended(self, each: _Running, stopping: bool) -> Ended:
        self._close(each)
        if self.folder.result(each.job.name) is not None:
            return Ended(each.job)
        if stopping:
            return Ended(each.job, "stopped", stopped=True)
        return Ended(each.job, self._reason(each))

    def _reason(self, each: _Running) -> str:
        """Why a run failed: what it said last, or how its process ended."""
        lines = _tail(self.folder.talk(each.job.name)).splitlines()
        last = next((line for line in reversed(lines) if line.strip()), "")
        code = each.process.returncode
        if last.startswith(FAILED):
            return last.removeprefix(FAILED)
        if code < 0:
            with contextlib.suppress(ValueError):
                return f"its process was ended by {signal.Signals(-code).name}"
        return f"its process ended with exit code {code}"

    def _close(self, each: _Running) -> None:
        """Closes what is open; a process that still runs ends in good order, since its stdin does."""
        each.talk.close()
        if each.process.stdin:
            each.process.stdin.close()

    def _step(self, job: Job) -> int:
        """How far a run is, as its log tells it."""
        numbers = _tail(self.folder.run(job.name) / "log.jsonl").rsplit('"step": ', 1)[1:]
        digits = numbers[0].split(",")[0].split("}")[0] if numbers else ""
        return int(digits) if digits.isdigit() else 0


def _tail(path) -> str:
    """The end of a file; "" where there is none."""
    try:
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""
