"""Runs of a sweep on the nodes of a Ray cluster, each in an actor that Ray finds a place for."""

from __future__ import annotations

import contextlib
import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from multigan.api.configuring import refuse_address
from multigan.api.host import Host
from multigan.api.placed import ALIKE, Place
from multigan.api.seats import (
    AGAIN,
    LOOK,
    connected,
    environ_of,
    first_line,
    kind_of,
    nodes_of,
    refuse_not_installed,
    refuse_other_versions,
    refuse_unseen,
    room_of,
    token_in,
)
from multigan.api.workers import LAST
from multigan.command_line import command_line
from multigan.errors import RunFailedError, UsageError
from multigan.settings import SETTINGS
from multigan.sweeps.asked import without_values
from multigan.sweeps.folder import Folder
from multigan.sweeps.places import words
from multigan.sweeps.plan import Job, Plan

__all__ = ["Afar", "Cluster", "Reached", "reached"]

POLL = 1.0  # seconds that a run's place waits for its end before it answers
SILENT = 60.0  # seconds after which a place that cannot be reached is given up
SEEN = 60.0  # seconds in which a result that a node has written becomes visible here
STOPPED = 130  # the exit code of a run that was told to stop
ENDED_BY_OTHERS = (-9, -15, STOPPED)  # of a run that nobody here has told to stop: SIGKILL, SIGTERM, in good order
PACKAGES = {"tensorflow": ("tensorflow",), "jax": ("jax", "jaxlib"), "torch": ("torch",)}


@dataclass(frozen=True)
class Cluster:
    """A Ray cluster that a sweep is to run on.

    Args:
        address: "auto", or HOST:PORT of its head node.
        restarts: how often a run that is lost is started again.
        timeout: seconds that the cluster has to make room while no run of the sweep goes.
    """

    address: str
    restarts: int = SETTINGS["ray_restarts"].default
    timeout: float = SETTINGS["ray_timeout"].default


@dataclass(frozen=True)
class Reached:
    """A cluster that has answered.

    Args:
        ray: the module, connected.
        cluster: as it was asked for.
        kind: what each run takes: "GPU" or "CPU".
    """

    ray: Any
    cluster: Cluster
    kind: str

    def count(self, cpus: int) -> int:
        """How many runs of so many cores go at a time, as the cluster is now."""
        need = 1 if self.kind == "GPU" else max(1, cpus)
        return max(1, sum(int(node.get(self.kind, 0)) // need for node in nodes_of(self.ray)))

    def cpus(self) -> int:
        """How many cores each run of a new sweep has: one, or its share of those beside a node's GPUs."""
        shares = [int(node.get("CPU", 0)) // int(node["GPU"]) for node in nodes_of(self.ray) if node.get("GPU", 0) >= 1]
        return max(1, min(shares, default=1)) if self.kind == "GPU" else 1


@contextlib.contextmanager
def reached(cluster: Cluster | None, plan: Plan) -> Iterator[Reached | None]:
    """Yields a cluster, connected; None for none.

    Raises:
        UsageError: Ray is not installed, no such cluster, it has no GPU and one is asked for, or the sweep's runs are
            of several processes each.
    """
    if cluster is None:
        yield None
        return
    refuse_address(cluster.address, "; or leave --ray out, for this machine alone")
    if "workers" in plan.over or plan.settings.get("workers", 1) != 1:
        raise UsageError(f"--ray {cluster.address}: each run of a sweep is one process there; leave workers out")
    with connected(cluster.address) as ray:
        yield Reached(ray, cluster, kind_of(ray, cluster.address, str(plan.settings.get("device") or "")))


class Afar:
    """Runs in actors of a cluster, as of `multigan.sweeps.places.Places`; to be opened.

    Args:
        reached: the cluster.
        host: who is talked to, with the plugins.
        folder: of the sweep, on storage that every node sees.
        plan: what it does.
        jobs: runs at a time; None: as many as the cluster has room for.
        environ: of this process.
    """

    def __init__(
        self,
        reached: Reached,
        host: Host,
        folder: Folder,
        plan: Plan,
        jobs: int | None = None,
        environ: Mapping[str, str] = os.environ,
    ):
        self.ray, self.kind, self.cpus = reached.ray, reached.kind, plan.cpus
        self.restarts, self.environ = reached.cluster.restarts, environ_of(reached.kind, without_values(environ))
        self.folder = Folder(folder.path.absolute())
        self._reached, self._host, self._jobs = reached, host, jobs
        self._path = folder.path
        self._names = _packages(plan)
        self._running: list[_Run] = []
        self._used: dict[str, Counter[int]] = {}
        self._placed, self._said, self._since = False, False, time.monotonic()

    def __enter__(self) -> Afar:
        self._files = contextlib.ExitStack()
        self.token = str(self._files.enter_context(token_in(self.folder.path)))
        self._own = Place().facts(self.token, self._names)
        return self

    def __exit__(self, *error):
        self._files.close()

    def room(self) -> bool:
        """As of `Places`; a run that is started waits until Ray has a place for it."""
        return len(self._running) < (self._jobs or self._reached.count(self.cpus))

    def start(self, job: Job) -> _Run:
        """As of `Places`."""
        need = {"num_cpus": max(1, self.cpus)} if self.kind == "CPU" else {"num_cpus": 0, "num_gpus": 1}
        # Several calls at a time: a signal is not to wait for a question.
        actor = self.ray.remote(Place).options(scheduling_strategy="SPREAD", max_concurrency=4, **need)
        if not any(run.facts for run in self._running):
            self._since, self._said = time.monotonic(), False
        run = _Run(self, job, actor.remote())
        self._running.append(run)
        return run

    def words(self, job: Job) -> list[str]:
        """What Python is started with on the node."""
        return words(self.folder, job, self._host.blocked)

    def facts(self, place: Any) -> Any:
        """Asks a place what its node is."""
        return place.facts.remote(self.token, self._names)

    def waiting(self) -> None:
        """Hears that a run has no place yet; raises where none goes and there is no room for too long."""
        if any(run.facts for run in self._running):
            self._since = time.monotonic()
            return
        waited, cluster = time.monotonic() - self._since, self._reached.cluster
        if waited > AGAIN and not self._said:
            self._said = True
            self._host.say(f"waiting for room: {self._room()}")
        if waited > cluster.timeout:
            go_on = command_line("sweep", "--resume", self._path)
            told = (
                f"--ray {cluster.address}: {self._room()}, after {cluster.timeout:g} s; wait for what else runs there, "
            )
            told += f"or add nodes, and go on with: {go_on} --ray {cluster.address}"
            raise RunFailedError(told) if self._placed else UsageError(told)

    def _room(self) -> str:
        need = max(1, self.cpus) if self.kind == "CPU" else 1
        takes = "one" if need == 1 else f"{need} of one node"
        return f"{room_of(self.ray, self._reached.cluster.address, self.kind)}, and each run takes {takes}"

    def deal(self, facts: Mapping[str, Any]) -> list[int]:
        """Returns the cores of a node that a run there has, those that the fewest others have.

        Raises:
            UsageError: the node is not like this one, does not see the sweep, or has fewer cores than a run.
        """
        refuse_unseen(facts, self.token, "the sweep", "choose another --out")
        refuse_other_versions(self._own, facts)
        self._placed, cores = True, facts["cores"]
        if self.kind == "CPU" and cores and len(cores) < self.cpus:
            have = f"{len(cores)} core{'s' * (len(cores) != 1)}"
            raise UsageError(
                f"{facts['host']} has {have}, and each run of this sweep has {self.cpus}: leave the node out of the "
                "cluster, or go on where it was begun"
            )
        used = self._used.setdefault(facts["host"], Counter())
        dealt = sorted(cores, key=lambda core: used[core])[: self.cpus]
        used.update(dealt)
        return sorted(dealt)

    def free(self, run: _Run) -> None:
        """Takes back what a run had."""
        if run in self._running:
            self._running.remove(run)
            if run.facts:
                self._used[run.facts["host"]].subtract(run.cpus)

    def refuse(self, error: BaseException) -> None:
        """Raises what no other start would mend."""
        refuse_not_installed(error, self._reached.cluster.address)


class _Run:
    """A run that waits for its place, begins there, or goes; `facts` are of its node, once it has one."""

    def __init__(self, places: Afar, job: Job, place: Any):
        self.job, self.lost, self.facts, self.cpus = job, "", {}, []
        self._places, self._place, self._ray = places, place, places.ray
        self._code: int | None = None
        self._begun = self._stopped = self._closed = False
        self._asked, self._take = places.facts(place), self._take_facts
        self._heard = time.monotonic()

    def __str__(self) -> str:
        return f"on {self.facts['host']}" if self.facts else "without a place"

    def poll(self) -> int | None:
        """As of `Started`."""
        if self._code is None and not self.lost:
            self._look()
        if self.lost:
            return self._code if self._code is not None else 1
        if self._code == 0 and self._places.folder.result(self.job.name) is None:
            return 0 if time.monotonic() - self._heard > SEEN else None
        return self._code

    def _look(self) -> None:
        errors = self._ray.exceptions
        if not self._ray.wait([self._asked], timeout=0)[0]:
            if not self.facts:
                self._places.waiting()
            return
        try:
            answer = self._ray.get(self._asked)
        except errors.ActorUnavailableError:  # which may pass
            if time.monotonic() - self._heard > SILENT:
                self.lost = f"{self._where} could not be reached for {SILENT:g} s"
            elif self._begun:
                self._ask_for_end()
            else:  # whether it was started nobody knows
                self.lost = f"{self._where} could not be reached"
            return
        except errors.RayTaskError as error:
            self._places.refuse(error)
            self.lost = f"could not be started {self}: {first_line(getattr(error, 'cause', None) or error)}"
            return
        except errors.RayError as error:
            self._places.refuse(error)
            self.lost = f"{self._where} has gone"
            return
        self._heard = time.monotonic()
        self._take(answer)

    @property
    def _where(self) -> str:
        return f"its node {self.facts['host']}" if self.facts else "its place"

    def _take_facts(self, facts: Mapping[str, Any]) -> None:
        self.cpus = self._places.deal(facts)
        self.facts = facts
        folder = self._places.folder
        self._asked = self._place.run.remote(
            self._places.words(self.job),
            self._places.environ,
            str(folder.path),
            str(folder.talk(self.job.name)),
            self.cpus,
        )
        self._take = self._take_start

    def _take_start(self, answer: None) -> None:
        self._begun = True
        if self._stopped:
            self._place.send.remote("SIGTERM")
        self._take = self._take_end
        self._ask_for_end()

    def _ask_for_end(self) -> None:
        self._asked = self._place.poll.remote(0, POLL)

    def _take_end(self, answer: tuple[Sequence[Any], int | None]) -> None:
        _, self._code = answer
        if self._code is None:
            self._ask_for_end()
        elif self._code in ENDED_BY_OTHERS and not self._stopped:
            by = {-9: "by SIGKILL", -15: "by SIGTERM"}.get(self._code, "in good order")
            self.lost = f"was ended {by} {self}"

    def stop(self) -> None:
        """As of `Started`."""
        self._stopped = True
        if self._begun:
            self._place.send.remote("SIGTERM")
        elif not self.facts and self._code is None:  # it may never have a place
            self._code = STOPPED

    def close(self) -> None:
        """As of `Started`."""
        if self._begun and self._code is None and not self.lost:
            self._place.close.remote()
        else:
            self._end()
        self._places.free(self)

    def wait(self, seconds: float) -> None:
        """As of `Started`."""
        deadline = time.monotonic() + seconds
        with contextlib.suppress(self._ray.exceptions.RayError):
            while not self._closed and self._begun and self.poll() is None and time.monotonic() < deadline:
                time.sleep(LOOK)
            if not self._closed:
                self._ray.wait([self._place.end.remote()], timeout=LAST)
        self._end()

    def _end(self) -> None:
        """Gives the place back; a process that still runs there notices, and ends in good order."""
        self._closed = True
        with contextlib.suppress(self._ray.exceptions.RayError, ValueError):
            self._ray.kill(self._place)


def _packages(plan: Plan) -> list[str]:
    """The packages that decide what a run finds: of its backend, or of those that one is chosen from."""
    backend = "" if "backend" in plan.over else plan.settings.get("backend")
    common = [name for name in ALIKE if name not in PACKAGES["jax"]]
    return common + [name for key, names in PACKAGES.items() for name in names if backend in (key, "", None)]
