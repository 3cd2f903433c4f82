"""Workers that Ray places on a cluster: started, watched, ended as one, and started again after a loss.

This process trains nothing and is on one of the cluster's machines. Ray finds places; what the workers say to one
another is theirs, see `multigan.training.crew`. Each place is an actor that starts a worker's process and is asked for
what that one says.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from multigan import errors
from multigan.api.host import Host
from multigan.api.placed import ALIKE, CARRIED, Place
from multigan.api.workers import TAIL, Link, finished_of, reason_of, told_of
from multigan.command_line import command_line
from multigan.errors import RunFailedError, UsageError
from multigan.runs import RunDirectory
from multigan.training.configuration import RunConfig, Worker
from multigan.training.crew import GRACE
from multigan.training.interrupts import Interrupts

__all__ = ["train_on_cluster"]

CONNECT = 60.0  # seconds in which a cluster answers
REACH = 10.0  # seconds in which its head node takes a connection
LOOK = 0.2  # seconds between looks at a signal
POLL = 1.0  # seconds that a worker's place waits for something to tell
AGAIN = 1.0  # seconds before something is tried again
# Seconds that the others have after one of them has ended: to find out by themselves, and to tell of it.
LAST = 2 * GRACE
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
    with _connected(config["ray"]) as ray, Interrupts() as interrupts:
        cluster = _Cluster(ray, config, host)
        interrupts.begin()
        return _Training(cluster, config, host, strict, listener, interrupts).run()


@contextlib.contextmanager
def _connected(address: str) -> Iterator[Any]:
    """Yields Ray, connected to the cluster; a program's own connection is taken as it is."""
    import ray

    if ray.is_initialized():
        yield ray
        return
    if address != "auto":
        _refuse_deaf(address)
    failed: list[BaseException] = []

    def connect() -> None:
        try:
            ray.init(address, log_to_driver=False, logging_level=logging.ERROR)
        except BaseException as error:
            failed.append(error)

    # In a thread: it may take for ever, and would take SIGTERM for itself.
    logging.getLogger("ray").setLevel(logging.ERROR)
    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(CONNECT)
    if thread.is_alive():
        raise UsageError(f"--ray {address}: no Ray cluster has answered within {CONNECT:g} s; see `ray status`")
    if failed:
        told = " ".join(str(failed[0]).split())
        if isinstance(failed[0], ConnectionError) and address == "auto":
            told = (
                "no Ray cluster runs on this machine; begin one with `ray start --head`, or join one with `ray start`"
            )
        raise UsageError(f"--ray {address}: {told or type(failed[0]).__name__}") from failed[0]
    try:
        yield ray
    finally:
        ray.shutdown()


def _refuse_deaf(address: str) -> None:
    """Raises `UsageError` where nobody listens, for which Ray itself would wait for minutes."""
    name, _, port = address.rpartition(":")
    try:
        socket.create_connection((name.strip("[]"), int(port)), timeout=REACH).close()
    except OSError as error:
        raise UsageError(
            f"--ray {address}: no Ray cluster there ({error.strerror or error}); begin one with: ray start --head "
            f"--port {port}"
        ) from None


@dataclass
class _Seat:
    """A worker, as this process knows it.

    Attributes:
        facts: of its node, see `Place.facts`.
        seen: how many lines it has told.
        code: its exit code, once it has ended.
        gone: what became of its place, once that has gone.
    """

    number: int
    place: Any
    facts: dict[str, Any]
    seen: int = 0
    code: int | None = None
    gone: str = ""
    said: bytes = b""
    asked: Any = None
    since: float = field(default_factory=time.monotonic)

    def __str__(self) -> str:
        return f"worker {self.number} on {self.facts['host']}"

    @property
    def ended(self) -> bool:
        return bool(self.gone) or self.code is not None

    @property
    def badly(self) -> bool:
        return bool(self.gone or self.code)

    @property
    def reason(self) -> str:
        return self.gone or reason_of(self.code, self.said)


class _Cluster:
    """What Ray is asked for: room, places, and their end."""

    def __init__(self, ray: Any, config: RunConfig, host: Host):
        self.ray, self._host, self.count = ray, host, config["workers"]
        self.address, self._seconds = config["ray"], config["ray_timeout"]
        self._group: Any = None
        self._places: list[Any] = []
        self._seats: list[_Seat] = []
        wanted = config["device"]
        gpus = wanted != "cpu" and self._all("GPU") > 0
        if wanted == "gpu" and not gpus:
            raise UsageError(
                f"--device gpu: the cluster at {self.address} has no GPU; leave it out, or add nodes with GPUs"
            )
        self.kind = "GPU" if gpus else "CPU"

    def _all(self, kind: str) -> int:
        return int(sum(node["Resources"].get(kind, 0) for node in self.ray.nodes() if node["Alive"]))

    def seats(self, token: str, stopped: Callable[[], None]) -> list[_Seat]:
        """Returns places for all workers.

        Args:
            token: a file that all of their nodes must see.
            stopped: raises where a stop was asked for.

        Raises:
            UsageError: there was no room in time, or the nodes are not alike.
        """
        deadline = time.monotonic() + self._seconds
        if self._all(self.kind) < self.count:
            self._host.say(f"waiting for room: {self._room()}")
        while True:
            try:
                self._take(deadline, stopped)
                asked = [place.facts.remote(token) for place in self._places]
                while len(self.ray.wait(asked, num_returns=self.count, timeout=LOOK)[0]) < self.count:
                    stopped()
                    if time.monotonic() > deadline:
                        raise UsageError(f"--ray {self.address}: {self._late('places did not begin')}")
                facts = self.ray.get(asked)
                break
            except self.ray.exceptions.RayError as error:
                # A node has gone just now; or none has multigan, which is no matter of time.
                self.free()
                if "No module named 'multigan" in str(error):
                    raise UsageError(
                        f"--ray {self.address}: multigan is not installed on every node; install the same version there"
                    ) from error
                if time.monotonic() > deadline:
                    raise UsageError(f"--ray {self.address}: {self._late(_first_line(error))}") from error
            pause = time.monotonic() + AGAIN
            while time.monotonic() < pause:
                stopped()
                time.sleep(LOOK)
        self._seats = [_Seat(number, *each) for number, each in enumerate(zip(self._places, facts, strict=True))]
        _refuse_unlike(self._seats, token)
        return self._seats

    def _take(self, deadline: float, stopped: Callable[[], None]) -> None:
        from ray.util.placement_group import placement_group
        from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

        self._group = placement_group([{self.kind: 1} for _ in range(self.count)], strategy="SPREAD")
        ready = self._group.ready()
        while not self.ray.wait([ready], timeout=LOOK)[0]:
            stopped()
            if time.monotonic() > deadline:
                raise UsageError(f"--workers {self.count}: {self._late(self._room())}; {self._mend()}")
        need = {"num_cpus": 1} if self.kind == "CPU" else {"num_cpus": 0, "num_gpus": 1}
        actor = self.ray.remote(Place)
        for number in range(self.count):
            where = PlacementGroupSchedulingStrategy(self._group, placement_group_bundle_index=number)
            # Several calls at a time: a signal is not to wait for a question.
            self._places.append(actor.options(scheduling_strategy=where, max_concurrency=4, **need).remote())

    def _room(self) -> str:
        nodes, found = [node for node in self.ray.nodes() if node["Alive"]], self._all(self.kind)
        free = int(self.ray.available_resources().get(self.kind, 0))
        busy = f", {free} free" if free < found else ""
        are = f"{len(nodes)} node{'s' * (len(nodes) != 1)}"
        return (
            f"the cluster at {self.address} has {found} {self.kind}{'s' * (found != 1)}{busy} on {are}, and each of "
            f"{self.count} workers takes one"
        )

    def _late(self, what: str) -> str:
        return f"{what}, after {self._seconds:g} s"

    def _mend(self) -> str:
        found = self._all(self.kind)
        fewer = f"give --workers {found}, " if 1 < found < self.count else ""
        return f"{fewer}wait for what else runs there, or add nodes" if found >= self.count else f"{fewer}or add nodes"

    def free(self) -> None:
        """Ends all workers, and gives their places back."""
        gone = {seat.number for seat in self._seats if seat.gone}
        ends = [place.end.remote() for number, place in enumerate(self._places) if number not in gone]
        with contextlib.suppress(self.ray.exceptions.RayError):
            if ends:
                self.ray.wait(ends, num_returns=len(ends), timeout=LAST)
        for place in self._places:
            with contextlib.suppress(self.ray.exceptions.RayError, ValueError):
                self.ray.kill(place)
        if self._group is not None:
            from ray.util.placement_group import remove_placement_group

            remove_placement_group(self._group)
        self._places, self._seats, self._group = [], [], None


def _refuse_unlike(seats: list[_Seat], token: str) -> None:
    """Raises `UsageError` where a node has other versions, or does not see the folder of the run."""
    first = seats[0]
    for seat in seats:
        if not seat.facts["seen"]:
            raise UsageError(
                f"{Path(token).parent}: not the same folder on {seat.facts['host']}; the run and its data must lie on "
                "storage that every node sees, at one place: choose another --run-dir, and start from a folder there"
            )
        for name in ALIKE:
            one, other = first.facts["versions"][name], seat.facts["versions"][name]
            if one != other:
                raise UsageError(
                    f"{name} {one} on {first.facts['host']}, {other} on {seat.facts['host']}: install the same version "
                    "on every node"
                )
        if seat.facts["versions"]["jax"] == "none":
            raise UsageError(
                f"{seat.facts['host']} has no JAX, on which workers train together; install it on every node with: pip "
                'install "multigan[jax]"'
            )


def _first_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


@dataclass
class _Training:
    """One run, with all its starts."""

    cluster: _Cluster
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

    def _start(self) -> list[_Seat]:
        config, here = self._now(), Path.cwd()
        folder = _standing(config.directory or here)
        with _token(folder) as token:
            seats = self.cluster.seats(str(token), self._stopped)
        coordinator = f"{seats[0].facts['address']}:{seats[0].facts['port']}"
        environ = {key: value for key, value in os.environ.items() if key.startswith(CARRIED)}
        environ |= {key: os.environ[key] for key in ("PYTHONPATH",) if key in os.environ}
        environ["KERAS_BACKEND"] = "jax"
        if self.cluster.kind == "CPU":  # a GPU that Ray does not know of is somebody else's
            environ |= {"JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": "-1"}
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
                seat.gone = f"could not be started: {_first_line(error.cause or error)}"
            except self.cluster.ray.exceptions.RayError as error:
                seat.gone = f"has gone with its node: {_first_line(error)}"
        return seats

    def _watch(self, seats: list[_Seat], link: Link) -> _Seat | None:
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

    def _take(self, seat: _Seat, link: Link) -> None:
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

    def _lost(self, seats: list[_Seat], first: _Seat | None, link: Link) -> str:
        """What was lost so that the run is to be started again; "" where it ended otherwise, or is not to."""
        if link.raised or self.interrupts.reason or any(seat.code == WRONG for seat in seats):
            return ""
        if link.ended:
            result = link.ended["result"]
            lost = result["outcome"] == "interrupted" and result["reason"].startswith("SIG")
            return f"stopped by {result['reason']}" if lost else ""
        known = link.kind != "WorkerLostError" and hasattr(errors, link.kind or " ")
        if known:  # what another start would end with, too
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


@contextlib.contextmanager
def _token(folder: Path) -> Iterator[Path]:
    """Yields a file there while it is open, by which others know the folder; the folder, where none can be made."""
    path = folder / f".multigan-{secrets.token_hex(8)}"
    try:
        path.touch()
    except OSError:  # what the leader says of it is better
        yield folder
        return
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
