"""Several processes of this machine that train one run together: started, told of signals, and ended as one.

This process trains nothing. The first of them, which leads, writes the run, shows it on stderr, and sends here how it
goes, by a pipe.
"""

from __future__ import annotations

import contextlib
import copy
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

from multigan import errors
from multigan.api.host import Host
from multigan.command_line import command_line
from multigan.devices import gpus
from multigan.errors import MultiganError, RunFailedError, UsageError
from multigan.runs import RunDirectory, Setting
from multigan.training.configuration import RunConfig, Worker
from multigan.training.crew import GRACE, free_port
from multigan.training.interrupts import Interrupts

__all__ = [
    "LAST",
    "TAIL",
    "Link",
    "config_of",
    "cores_of",
    "finished_of",
    "reason_of",
    "told_of",
    "train_together",
]

LOOK = 0.05  # seconds between looks at whether a process has ended
# Seconds that the others have after one of them has ended: to find out by themselves, and to tell of it.
LAST = 2 * GRACE
TAIL = 1 << 12  # bytes of what a worker said that are looked at
HOST = "127.0.0.1"


def told_of(config: RunConfig, host: Host, worker: Worker, strict: bool) -> dict[str, Any]:
    """Returns what a worker is started with, JSON-able: the configuration as it was resolved, with every origin."""
    file = host.registry.files.get(config.plugin)
    return {
        "plugin": config.plugin,
        "plugin_file": str(file.path) if file else "",
        "recipe": config.recipe.name,
        "settings": {key: [setting.value, setting.origin] for key, setting in config.settings.items()},
        "options": {key: [setting.value, setting.origin] for key, setting in config.options.items()},
        "directory": str(config.directory) if config.directory else "",
        "resume": config.resume,
        "coordinator": worker.coordinator,
        "process": worker.process,
        "spent": worker.spent,
        "blocked": list(host.blocked),
        "quiet": host.quiet or worker.process > 0,
        "strict": strict,
    }


def config_of(told: Mapping[str, Any], host: Host, words: Callable[[str], None]) -> RunConfig:
    """Returns the configuration that `told_of` has told, in another process."""
    from multigan.onefile import load_file

    if told["plugin_file"]:
        load_file(host.registry, told["plugin_file"], "jax", look=False)
    plugin, recipe = host.registry.recipe(told["recipe"])
    return RunConfig(
        plugin,
        recipe,
        {key: Setting(*setting) for key, setting in told["settings"].items()},
        {key: Setting(*setting) for key, setting in told["options"].items()},
        Path(told["directory"]) if told["directory"] else None,
        told["resume"],
        Worker(told["coordinator"], told["process"], words, told["spent"]),
    )


@dataclass
class Link:
    """What the leader tells the process that started it, line by line.

    Attributes:
        directory: of the run, once it is known.
        ended: how it ended, or {}.
        error: what it failed by, or None.
        kind: the class of that error in its own process, or "".
        raised: what the listener has raised, or None.
    """

    listener: Callable[[dict[str, Any]], None] | None = None
    directory: str = ""
    ended: dict[str, Any] = field(default_factory=dict)
    error: BaseException | None = None
    kind: str = ""
    raised: BaseException | None = None

    def read(self, source: IO[bytes]) -> None:
        """Takes all lines until the leader ends."""
        for text in source:
            self.take(text)

    def take(self, text: bytes) -> None:
        """Takes one line."""
        with contextlib.suppress(ValueError):  # one that a kill cut short
            self._take(json.loads(text))

    def _take(self, message: Mapping[str, Any]) -> None:
        self.directory = message.get("directory", self.directory)
        self.ended = message.get("ended", self.ended)
        if "error" in message:
            self.kind = message["error"]["kind"]
            self.error = _error(**message["error"])
        if "line" in message and self.listener and not self.raised:
            try:
                self.listener(copy.deepcopy(message["line"]))
            except BaseException as error:
                self.raised = error


def _error(kind: str, message: str) -> BaseException:
    if kind == "KeyboardInterrupt":
        return KeyboardInterrupt(*filter(None, [message]))
    known = getattr(errors, kind, None)
    return known(message) if isinstance(known, type) and issubclass(known, MultiganError) else RunFailedError(message)


@dataclass
class _Worker:
    number: int
    process: subprocess.Popen
    talk: IO[bytes]

    def __str__(self) -> str:
        return f"worker {self.number}"

    @property
    def reason(self) -> str:
        """Why its process ended."""
        self.talk.seek(0, os.SEEK_END)
        self.talk.seek(max(0, self.talk.tell() - TAIL))
        return reason_of(self.process.returncode, self.talk.read())


def reason_of(code: int, said: bytes) -> str:
    """Returns why a worker's process ended.

    Args:
        code: its exit code; below zero, the signal that ended it.
        said: the end of what it wrote on stderr.
    """
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"was ended by {signal.Signals(-code).name}"
    lines = [line for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    last = next((line for line in reversed(lines) if line.startswith("multigan: error: ")), "")
    return f"failed: {last.removeprefix('multigan: error: ')}" if last else f"ended with exit code {code}"


def train_together(
    config: RunConfig, host: Host, strict: bool = False, listener: Callable[[dict[str, Any]], None] | None = None
) -> Any:
    """Starts the processes that train a run, and returns how it ended, as `multigan.training.session.start` does.

    Args:
        config: resolved, with `workers` over 1.
        host: with the plugins.
        strict: an exception of a plugin that watches the run ends it.
        listener: takes each line of the log; what it raises ends the run.

    Raises:
        UsageError: more workers than GPUs; or as of any run.
        RunFailedError: the run failed, or one of the processes was lost.
        KeyboardInterrupt: a signal came before the first step.
    """
    count = config["workers"]
    places = _places(count, config["device"])
    environs = [os.environ | {"KERAS_BACKEND": "jax"} | own for own in places]
    cores = cores_of(count) if not any(places) else [set()] * count
    coordinator = f"{HOST}:{free_port(HOST)}"
    reading, writing = os.pipe()
    workers: list[_Worker] = []
    link, source = Link(listener), os.fdopen(reading, "rb")
    with Interrupts() as interrupts, contextlib.ExitStack() as files:
        files.callback(source.close)
        interrupts.begin()
        try:
            for number in range(count):
                told = told_of(config, host, Worker(coordinator, number), strict)
                talk = files.enter_context(tempfile.TemporaryFile())
                workers.append(_start(number, told | {"pipe": writing}, environs[number], talk, writing))
                if cores[number]:
                    with contextlib.suppress(OSError):  # it may have ended, or may not be told where to compute
                        # Its threads begin later, and inherit them.
                        os.sched_setaffinity(workers[-1].process.pid, cores[number])
            os.close(writing)
            reader = threading.Thread(target=link.read, args=(source,), daemon=True)
            reader.start()
            first = _watch(workers, link, interrupts)
        finally:
            for worker in workers:
                worker.process.kill()
                worker.process.wait()
                worker.process.stdin.close()
        reader.join(LAST)
        return _finished(config, link, first, interrupts)


def _places(count: int, device: str) -> list[dict[str, str]]:
    """Returns the variables of each worker: one GPU each, where there are any.

    Raises:
        UsageError: more workers than GPUs.
    """
    found = gpus(device)
    if not found:
        return [{} for _ in range(count)]
    if len(found) < count:
        raise UsageError(
            f"--workers {count}: each takes a GPU of its own, and this machine has {len(found)}; give --workers "
            f"{len(found)}, or --device cpu"
        )
    return [{"CUDA_VISIBLE_DEVICES": name} for name in found[:count]]


def cores_of(count: int) -> list[set[int]]:
    """Returns the cores of each worker that trains on them, none of them another's; or empty sets: they share them.

    Otherwise each computes with as many threads as the machine has cores, and they wait for one another's.
    """
    if not hasattr(os, "sched_getaffinity") or len(found := sorted(os.sched_getaffinity(0))) < count:
        return [set() for _ in range(count)]
    ends = [len(found) * number // count for number in range(count + 1)]
    return [set(found[begin:end]) for begin, end in pairwise(ends)]


def _start(number: int, told: dict[str, Any], environ: dict[str, str], talk: IO[bytes], writing: int) -> _Worker:
    leads = number == 0
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "multigan.api.worker"],
        stdin=subprocess.PIPE,
        stdout=None if leads else talk,
        stderr=None if leads else talk,
        env=environ,
        pass_fds=(writing,) if leads else (),
        # In a session of its own, so that Ctrl-C comes here alone; and stdin tells it when this process has ended.
        start_new_session=True,
    )
    worker = _Worker(number, process, talk)
    with contextlib.suppress(BrokenPipeError):  # it has ended already, which is seen soon
        process.stdin.write(json.dumps(told).encode() + b"\n")
        process.stdin.flush()
    return worker


def _watch(workers: list[_Worker], link: Link, interrupts: Interrupts) -> _Worker | None:
    """Waits until all have ended; returns the one that was lost before the others, where the leader cannot tell."""
    leader, first, since, sent = workers[0], None, 0.0, False
    while any(worker.process.poll() is None for worker in workers):
        if link.raised and not interrupts.reason:
            interrupts.ask("SIGTERM")
        if interrupts.requested() and not sent:
            sent = True
            # By its own name: it stands in the log.
            leader.process.send_signal(getattr(signal, interrupts.reason, signal.SIGTERM))
        if first is None:
            ended = [worker for worker in workers if worker.process.poll() is not None]
            first = next((w for w in ended if w.process.returncode), ended[0] if ended else None)
            since = time.monotonic()
        elif time.monotonic() - since > LAST and _dead_or_over(first, link, leader):
            break
        time.sleep(LOOK)
    return first if first and first.process.returncode else None


def _dead_or_over(first: _Worker, link: Link, leader: _Worker) -> bool:
    """Whether those that are left wait for nothing any more."""
    return bool(first.process.returncode) or leader.process.poll() is not None or bool(link.ended or link.error)


def _finished(config: RunConfig, link: Link, first: _Worker | None, interrupts: Interrupts) -> Any:
    """What the leader has told; or who was lost, where it could tell nothing."""
    if link.raised:
        raise link.raised
    if link.error:
        raise link.error
    if not link.ended:
        if interrupts.reason and not link.directory:
            raise KeyboardInterrupt(interrupts.reason)
        why = f"{first} {first.reason}" if first else "worker 0 ended without a word"
        resume = f"; go on with: {command_line('run', '--resume', link.directory)}" if link.directory else ""
        raise RunFailedError(f"{why}, which ends all {config['workers']}{resume}")
    return finished_of(config, link)


def finished_of(config: RunConfig, link: Link) -> Any:
    """Returns a `multigan.training.session.Finished` of what the leader has told at its end."""
    from multigan.health import Finding
    from multigan.training.run import Result, Run
    from multigan.training.session import Finished

    told, directory = link.ended, RunDirectory(link.directory)
    run = Run(
        directory=directory,
        plugin=config.plugin,
        recipe=config.recipe,
        options={key: setting.value for key, setting in config.options.items()},
        settings={key: setting.value for key, setting in config.settings.items()},
        data=directory.data_info(),
        backend="jax",
        device=told["device"],
        game=None,
        steps=config["steps"],
        step=told["result"]["step"],
        findings=[Finding(**finding) for finding in told["findings"]],
        present=tuple(told["present"]),
        recoveries=told["recoveries"],
        best=told["best"],
        outcome=told["result"]["outcome"],
    )
    return Finished(run, Result(**told["result"]), told["observer_failed"])
