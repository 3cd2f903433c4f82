"""A Ray cluster: how it is reached, and the places that it has for the workers of a run."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from multigan.api.host import Host
from multigan.api.placed import CARRIED, Place
from multigan.api.workers import LAST, reason_of
from multigan.errors import UsageError
from multigan.training.configuration import RunConfig

__all__ = [
    "AGAIN",
    "CONNECT",
    "LOOK",
    "Cluster",
    "Seat",
    "connected",
    "count_of",
    "environ_of",
    "first_line",
    "kind_of",
    "nodes_of",
    "refuse_not_installed",
    "refuse_other_versions",
    "refuse_unseen",
    "room_of",
    "token_in",
]

CONNECT = 60.0  # seconds in which a cluster answers
REACH = 10.0  # seconds in which its head node takes a connection
LOOK = 0.2  # seconds between looks at a signal
AGAIN = 1.0  # seconds before something is tried again


@contextlib.contextmanager
def connected(address: str) -> Iterator[Any]:
    """Yields Ray, connected to the cluster; a program's own connection is taken as it is."""
    import ray

    if ray.is_initialized():
        yield ray
        return
    named = os.environ.get("RAY_ADDRESS", "") if address == "auto" else address
    if "://" in named:
        raise UsageError(f"--ray auto: RAY_ADDRESS is {named}, outside of the cluster; unset it on one of its machines")
    if named:
        _refuse_deaf(named)
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
    out, sys.stdout = sys.stdout, _Stdout(sys.stdout)
    try:
        yield ray
    finally:
        ray.shutdown()
        sys.stdout = out


class _Stdout:
    """The program's; what Ray says by itself, in its threads, of nodes that have gone, is talk: it goes to stderr."""

    def __init__(self, out: Any):
        self._out = out

    def write(self, text: str) -> int:
        return self._now().write(text)

    def flush(self) -> None:
        self._now().flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._out, name)

    def _now(self) -> Any:
        return sys.stderr if threading.current_thread().name.startswith("ray_") else self._out


def _refuse_deaf(address: str) -> None:
    """Raises `UsageError` where nobody listens, for which Ray itself would wait for minutes."""
    name, _, port = address.rpartition(":")
    try:
        socket.create_connection((name.strip("[]"), int(port)), timeout=REACH).close()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", "") or error
        raise UsageError(
            f"--ray {address}: no Ray cluster there ({why}); begin one with: ray start --head --port {port}"
        ) from None


@dataclass
class Seat:
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
        """Whether it runs no more."""
        return bool(self.gone) or self.code is not None

    @property
    def badly(self) -> bool:
        """Whether it ended otherwise than in good order."""
        return bool(self.gone or self.code)

    @property
    def reason(self) -> str:
        """Why it ended."""
        return self.gone or reason_of(self.code, self.said)


class Cluster:
    """What Ray is asked for: room, places, and their end."""

    def __init__(self, ray: Any, config: RunConfig, host: Host):
        self.ray, self._host, self.count = ray, host, config["workers"]
        self.address, self._seconds = config["ray"], config["ray_timeout"]
        self._group: Any = None
        self._places: list[Any] = []
        self._seats: list[Seat] = []
        self.kind = kind_of(ray, self.address, config["device"])

    def seats(self, token: str, stopped: Callable[[], None]) -> list[Seat]:
        """Returns places for all workers.

        Args:
            token: a file that all of their nodes must see.
            stopped: raises where a stop was asked for.

        Raises:
            UsageError: there was no room in time, or the nodes are not alike.
        """
        deadline = time.monotonic() + self._seconds
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
                refuse_not_installed(error, self.address)
                if time.monotonic() > deadline:
                    raise UsageError(f"--ray {self.address}: {self._late(first_line(error))}") from error
            pause = time.monotonic() + AGAIN
            while time.monotonic() < pause:
                stopped()
                time.sleep(LOOK)
        self._seats = [Seat(number, *each) for number, each in enumerate(zip(self._places, facts, strict=True))]
        _refuse_unlike(self._seats, token)
        return self._seats

    def _take(self, deadline: float, stopped: Callable[[], None]) -> None:
        from ray.util.placement_group import placement_group
        from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

        self._group = placement_group([{self.kind: 1} for _ in range(self.count)], strategy="SPREAD")
        begun, said = time.monotonic(), False
        ready = self._group.ready()
        while not self.ray.wait([ready], timeout=LOOK)[0]:
            stopped()
            if not said and time.monotonic() - begun > AGAIN:
                said = True
                self._host.say(f"waiting for room: {self._room()}")
            if time.monotonic() > deadline:
                raise UsageError(f"--workers {self.count}: {self._late(self._room())}; {self._mend()}")
        need = {"num_cpus": 1} if self.kind == "CPU" else {"num_cpus": 0, "num_gpus": 1}
        actor = self.ray.remote(Place)
        for number in range(self.count):
            where = PlacementGroupSchedulingStrategy(self._group, placement_group_bundle_index=number)
            # Several calls at a time: a signal is not to wait for a question.
            self._places.append(actor.options(scheduling_strategy=where, max_concurrency=4, **need).remote())

    def _room(self) -> str:
        return f"{room_of(self.ray, self.address, self.kind)}, and each of {self.count} workers takes one"

    def _late(self, what: str) -> str:
        return f"{what}, after {self._seconds:g} s"

    def _mend(self) -> str:
        found = count_of(self.ray, self.kind)
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


def _refuse_unlike(seats: list[Seat], token: str) -> None:
    """Raises `UsageError` where a node has other versions, or does not see the folder of the run."""
    first = seats[0]
    for seat in seats:
        refuse_unseen(seat.facts, token, "the run", "choose another --run-dir, and start from a folder there")
        refuse_other_versions(first.facts, seat.facts)
        if seat.facts["versions"]["jax"] == "none":
            raise UsageError(
                f"{seat.facts['host']} has no JAX, on which workers train together; install it on every node with: pip "
                'install "multigan[jax]"'
            )


def refuse_unseen(facts: Mapping[str, Any], token: str, what: str, mend: str) -> None:
    """Raises `UsageError` where a node does not see the folder that `what` is to lie in."""
    if not facts["seen"]:
        raise UsageError(
            f"{Path(token).parent}: not the same folder on {facts['host']}; {what} and its data must lie on storage "
            f"that every node sees, at one place: {mend}"
        )


def refuse_other_versions(one: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    """Raises `UsageError` where the second of two nodes has other versions than the first."""
    for name, version in one["versions"].items():
        if version != (found := other["versions"][name]):
            raise UsageError(
                f"{name} {version} on {one['host']}, {found} on {other['host']}: install the same version on every node"
            )


def refuse_not_installed(error: BaseException, address: str) -> None:
    """Raises `UsageError` where a node's error tells that it has no multigan."""
    if "No module named 'multigan" in str(error):
        raise UsageError(
            f"--ray {address}: multigan is not installed on every node; install the same version there"
        ) from error


def nodes_of(ray: Any) -> list[dict[str, float]]:
    """Returns what each node of a cluster has, by kind, as Ray counts it."""
    return [node["Resources"] for node in ray.nodes() if node["Alive"]]


def count_of(ray: Any, kind: str) -> int:
    """Returns how many a cluster has of a kind: "CPU" or "GPU"."""
    return int(sum(node.get(kind, 0) for node in nodes_of(ray)))


def kind_of(ray: Any, address: str, device: str) -> str:
    """Returns of what each process takes one: "GPU" where the cluster has any, unless `device` is "cpu"; else "CPU".

    Raises:
        UsageError: `device` is "gpu", and there is none.
    """
    found = device != "cpu" and count_of(ray, "GPU") > 0
    if device == "gpu" and not found:
        raise UsageError(f"--device gpu: the cluster at {address} has no GPU; leave it out, or add nodes with GPUs")
    return "GPU" if found else "CPU"


def room_of(ray: Any, address: str, kind: str) -> str:
    """Returns how much of a kind a cluster has, in words."""
    nodes, found = len(nodes_of(ray)), count_of(ray, kind)
    free = int(ray.available_resources().get(kind, 0))
    busy = f", {free} free" if free < found else ""
    return f"the cluster at {address} has {found} {kind}{'s' * (found != 1)}{busy} on {nodes} node{'s' * (nodes != 1)}"


def environ_of(kind: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Returns the variables that a process on a node has of whoever started it."""
    found = {key: value for key, value in environ.items() if key.startswith(CARRIED) or key == "PYTHONPATH"}
    # A GPU that Ray does not know of is somebody else's.
    return found | ({"JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": "-1"} if kind == "CPU" else {})


@contextlib.contextmanager
def token_in(folder: Path) -> Iterator[Path]:
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


def first_line(error: BaseException) -> str:
    """Returns the first line of an error that says anything, or its class."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
