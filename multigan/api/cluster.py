"""Workers that Ray places on a cluster: started, watched, ended as one, and started again after a loss.

This process trains nothing and is on one of the cluster's machines. Ray finds places; what the workers say to one
another is theirs, see `multigan.training.crew`. Each place is an actor that starts a worker's process and is asked for
what that one says.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from multigan import errors
from multigan.api.host import Host
from multigan.api.seats import CONNECT, LOOK, Cluster, Seat, connected, environ_of, token_in
from multigan.api.workers import LAST, TAIL, Link, finished_of, told_of
from multigan.command_line import command_line
from multigan.errors import RunFailedError, UsageError
from multigan.runs import RunDirectory
from multigan.training.configuration import RunConfig, Worker
from multigan.training.interrupts import Interrupts

__all__ = ["train_on_cluster"]

POLL = 1.0  # seconds that a worker's place waits for something to tell
WRONG = 2  # the exit code of a worker that was asked for what cannot be


def train_on_cluster(
    config: RunConfig, host: Host, strict: bool = False, listener: Callable[[dict[str, Any]], None] | None = None
) -> Any:
    """Has a cluster's nodes train a run, and returns how it ended, as `multigan.training.session.start` does.

    Args:
        config: resolved, with `ray`, and `workers` over 1.
        host: with the plugins.
        strict: an exception of a plugin that watches the run ends it.
        listener: takes each line of the log; what it raises ends the run. After a restart lines come again.

    Raises:
        UsageError: no cluster, no room on it, or nodes that do not fit; or as of any run.
        RunFailedError: the run failed, or was lost too often.
        KeyboardInterrupt: a signal came before the first step, or while the run was to be started again.
    """
    # In this order: Ray has a handler of its own for SIGTERM, which aborts.
    with connected(config["ray"]) as ray, Interrupts() as interrupts:
        cluster = Cluster(ray, config, host)
        interrupts.begin()
        return _Training(cluster, config, host, strict, listener, interrupts).run()


@dataclass
class _Training:
    """One run, with all its starts."""

    cluster: Cluster
    config: RunConfig
    host: Host
    strict: bool
    listener: Callable[[dict[str, Any]], None] | None
    interrupts: Interrupts
    begun: float | None = None
    directory: str = ""

    def run(self) -> Any:
        """Starts it, and again after a loss, until it has ended; returns how."""
        left = self.config["ray_restarts"]
        while True:
            link = Link(self.listener)
            try:
                seats = self._start()
                first = self._watch(seats, link)
            except UsageError as error:
                if not self.directory:
                    raise
                raise RunFailedError(f"{error}; {self._go_on()}") from error
            finally:
                self.cluster.free()
            self.directory = link.directory or self.directory
            lost = self._lost(seats, first, link)
            if not lost:
                return self._finished(link)
            if not left:
                count = self.config["ray_restarts"]
                raise RunFailedError(f"{lost}, and no restart is left of {count}; {self._go_on()}")
            left -= 1
            number = self.config["ray_restarts"] - left
            self.host.say(f"{lost}; restart {number} of {self.config['ray_restarts']}, from the last checkpoint")
            self._wait_for_folder()

    def _go_on(self) -> str:
        if not self.directory:
            return "no step was taken"
        return f"go on with: {command_line('run', '--resume', self.directory)}"

    def _stopped(self) -> None:
        """Raises `KeyboardInterrupt` where a stop is asked for while no worker runs."""
        if self.interrupts.requested():
            error = KeyboardInterrupt(self.interrupts.reason)
            if self.directory:
                error.add_note(f"({self._go_on()})")
            raise error

    def _now(self) -> RunConfig:
        """The configuration with which to start: of a run that was begun, that of going on with it."""
        directory = Path(self.directory) if self.directory else self.config.directory
        again = self.begun is not None and directory is not None and (directory / "run.toml").is_file()
        return replace(self.config, directory=directory, resume=self.config.resume or again)

    def _wait_for_folder(self) -> None:
        """Waits until nobody holds the run: a leader that was lost may find out a little later."""
        directory = self._now().directory
        deadline = time.monotonic() + self.config["worker_timeout"] + LAST
        while directory and RunDirectory(directory).busy() and time.monotonic() < deadline:
            self._stopped()
            time.sleep(LOOK)

    def _start(self) -> list[Seat]:
        config, here = self._now(), Path.cwd()
        folder = _standing(config.directory or here)
        with token_in(folder) as token:
            seats = self.cluster.seats(str(token), self._stopped)
        coordinator = f"{seats[0].facts['address']}:{seats[0].facts['port']}"
        environ = environ_of(self.cluster.kind, os.environ) | {"KERAS_BACKEND": "jax"}
        now = time.monotonic()
        self.begun = now if self.begun is None else self.begun
        spent = (now - self.begun) / 60
        absolute = config.directory is not None and config.directory.is_absolute()
        starts = []
        for seat in seats:
            told = told_of(config, self.host, Worker(coordinator, seat.number, spent=spent), self.strict)
            starts.append(seat.place.start.remote(told, environ, str(folder if absolute else here)))
        for seat, start in zip(seats, starts, strict=True):
            try:
                self.cluster.ray.get(start, timeout=CONNECT)
            except self.cluster.ray.exceptions.RayTaskError as error:
                if isinstance(error.cause, OSError):
                    raise UsageError(
                        f"{seat.facts['host']}: {error.cause}; see that every node has this folder"
                    ) from error
                seat.gone = f"could not be started: {error.cause}"
            except self.cluster.ray.exceptions.RayError:
                seat.gone = "has gone with its node"
        return seats

    def _watch(self, seats: list[Seat], link: Link) -> Seat | None:
        """Waits until all have ended; returns the one that was lost before the others."""
        leader, first, since, sent, ray = seats[0], None, 0.0, False, self.cluster.ray
        while not all(seat.ended for seat in seats):
            if link.raised and not self.interrupts.reason:
                self.interrupts.ask("SIGTERM")
            if self.interrupts.requested() and not sent:
                sent = True
                leader.place.send.remote(self.interrupts.reason)  # by its own name: it stands in the log
            for seat in seats:
                if seat.asked is None and not seat.ended:
                    seat.asked = seat.place.poll.remote(seat.seen, POLL)
            asked = {seat.asked: seat for seat in seats if seat.asked is not None}
            for done in ray.wait(list(asked), timeout=LOOK)[0] if asked else ():
                self._take(asked[done], link)
            if first is None:
                ended = [seat for seat in seats if seat.ended]
                first = next((seat for seat in ended if seat.badly), ended[0] if ended else None)
                since = time.monotonic()
            elif time.monotonic() - since > LAST and (first.badly or leader.ended or link.ended or link.error):
                break
        return first if first and first.badly else None

    def _take(self, seat: Seat, link: Link) -> None:
        """Takes what a worker has told."""
        asked, seat.asked = seat.asked, None
        try:
            lines, seat.code = self.cluster.ray.get(asked)
        except self.cluster.ray.exceptions.ActorUnavailableError:  # which may pass
            if time.monotonic() - seat.since > self.config["worker_timeout"]:
                seat.gone = f"could not be reached for {self.config['worker_timeout']:g} s"
            time.sleep(LOOK)
            return
        except self.cluster.ray.exceptions.RayError:
            seat.gone = "has gone with its node"
            return
        seat.since = time.monotonic()
        seat.seen += len(lines)
        for kind, line in lines:
            if kind == "line":
                link.take(line)
            elif seat.number:
                seat.said = (seat.said + line)[-TAIL:]
            else:
                sys.stderr.write(line.decode("utf-8", "replace"))
                sys.stderr.flush()

    def _lost(self, seats: list[Seat], first: Seat | None, link: Link) -> str:
        """What was lost so that the run is to be started again; "" where it ended otherwise, or is not to."""
        if link.raised or self.interrupts.reason or any(seat.code == WRONG for seat in seats):
            return ""
        if link.ended:
            result = link.ended["result"]
            lost = result["outcome"] == "interrupted" and result["reason"].startswith("SIG")
            return f"stopped by {result['reason']}" if lost else ""
        failed = link.kind not in ("", "WorkerLostError", "KeyboardInterrupt")
        if failed and (hasattr(errors, link.kind) or not link.directory):  # what another start would end with, too
            return ""
        # Whoever was ended by something else is the cause; the others end because of it.
        ended = [seat for seat in seats if seat.gone] or [
            seat for seat in seats if seat.code is not None and seat.code < 0
        ]
        first = ended[0] if ended else first
        if first is not None and (ended or first.number or not link.error):
            return f"{first} {first.reason}"
        if isinstance(link.error, KeyboardInterrupt):
            return f"{seats[0]} was stopped by {link.error}"
        return str(link.error).partition("; ")[0] if link.error else f"{seats[0]} ended without a word"

    def _finished(self, link: Link) -> Any:
        """What the leader has told."""
        if link.raised:
            raise link.raised
        if link.error:
            raise link.error
        if not link.ended:
            self._stopped()
            raise RunFailedError(f"worker 0 ended without a word; {self._go_on()}")
        return finished_of(self.config, link)


def _standing(path: Path) -> Path:
    """The folder itself, or the nearest one above it that is there."""
    path = path.absolute()
    while not path.is_dir() and path != path.parent:
        path = path.parent
    return path
