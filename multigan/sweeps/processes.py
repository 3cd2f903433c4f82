"""Runs of a sweep, some at a time, wherever they go. They end in good order when this process does, however it ends."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from multigan.progress import Progress
from multigan.runs import RunDirectory
from multigan.sweeps.folder import Folder
from multigan.sweeps.places import Places, Started, told_of_code
from multigan.sweeps.plan import Job
from multigan.sweeps.worker import FAILED
from multigan.training.interrupts import Interrupts

__all__ = ["Ended", "Processes"]

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
class Processes:
    """Runs that go side by side.

    Args:
        folder: of the sweep.
        places: where they are started.
        steps: how many each run takes, for how far all of them are.
        say: tells somebody of a run that is started again.
    """

    folder: Folder
    places: Places
    steps: Callable[[Job], int]
    say: Callable[[str], None] = lambda line: None

    def run(self, jobs: Sequence[Job], done: int, interrupts: Interrupts, progress: Progress) -> Iterator[Ended]:
        """Starts one after another as there is room, and yields an `Ended` of each that was started.

        One that is lost goes on from its checkpoint, as often as `Places.restarts` says; then it has failed.

        Args:
            jobs: in the order in which they start.
            done: steps of the runs that are done already.
            interrupts: when a stop is asked for no more runs are started, and those that go are told to end.
            progress: is told how many steps of all are done.
        """
        waiting, running, again = list(jobs), [], dict.fromkeys((job.name for job in jobs), 0)
        total, since = done + sum(map(self.steps, jobs)), dict.fromkeys(again, time.monotonic())
        told, stopping = -TELL, False
        try:
            while running or (waiting and not interrupts.requested()):
                if interrupts.requested() and not stopping:
                    stopping = True
                    progress.part("waiting for the runs to write their checkpoints")
                    for each in running:
                        each.stop()
                while waiting and not interrupts.requested() and self.places.room():
                    job = self._next(waiting, since)
                    if job is None:
                        break
                    if again[job.name] and self.folder.result(job.name) is not None:  # it was lost, and has ended well
                        done += self.steps(job)
                        yield Ended(job)
                        continue
                    running.append(self.places.start(job))
                for each in [each for each in running if each.poll() is not None]:
                    job = each.job
                    running.remove(each)
                    each.close()
                    ended = self._ended(each, stopping)
                    if each.lost and ended.reason and not stopping and again[job.name] < self.places.restarts:
                        again[job.name] += 1
                        since[job.name] = time.monotonic()
                        waiting.insert(0, job)
                        restart = f"restart {again[job.name]} of {self.places.restarts}"
                        self.say(f"{job.name}: {each.lost}; {restart}, from its last checkpoint")
                        continue
                    done += self.steps(job)
                    yield ended
                if not stopping and time.monotonic() - told > TELL:
                    told = time.monotonic()
                    now = sum(min(self._step(each.job), self.steps(each.job)) for each in running)
                    progress.part("steps of all runs", done + now, total)
                time.sleep(LOOK)
        finally:
            for each in running:
                each.close()
            for each in running:
                each.wait(LAST)

    def _next(self, waiting: list[Job], since: Mapping[str, float]) -> Job | None:
        """Takes the next run, which nobody holds: a sweep that was killed, or a node, may have left one that is just
        ending.
        """
        for job in waiting:
            if time.monotonic() - since[job.name] > HELD or not RunDirectory(self.folder.run(job.name)).busy():
                waiting.remove(job)
                return job
        return None

    def _ended(self, each: Started, stopping: bool) -> Ended:
        if self.folder.result(each.job.name) is not None:
            return Ended(each.job)
        if stopping:
            return Ended(each.job, "stopped", stopped=True)
        if each.lost:
            return Ended(each.job, f"{each.lost}, and no restart is left of {self.places.restarts}")
        return Ended(each.job, self._reason(each))

    def _reason(self, each: Started) -> str:
        """Why a run failed: what it said last, or how its process ended."""
        lines = _tail(self.folder.talk(each.job.name)).splitlines()
        last = next((line for line in reversed(lines) if line.strip()), "")
        return last.removeprefix(FAILED) if last.startswith(FAILED) else told_of_code(each.poll())

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
