"""Training from Python, and what the command line shares with it."""

from __future__ import annotations

import copy
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multigan.api.configuring import configure
from multigan.api.ending import ended_lines
from multigan.api.host import Host
from multigan.api.places import place, source
from multigan.api.saved import SavedRun
from multigan.api.spoken import spoken
from multigan.errors import UsageError
from multigan.recipe import suggest
from multigan.settings import SETTINGS
from multigan.training.configuration import RunConfig
from multigan.training.display import Display

if TYPE_CHECKING:
    from multigan.training.session import Finished

__all__ = ["Listener", "plain", "resume", "train", "train_configured"]

Listener = Callable[[dict[str, Any]], None]


@spoken(recipe="--plugin")
def train(
    recipe: str,
    data: str | os.PathLike[str] | None = None,
    steps: int | None = None,
    *,
    to: str | os.PathLike[str] | None = None,
    options: Mapping[str, Any] | None = None,
    run_dir: str | os.PathLike[str] | None = None,
    batch_size: int | None = None,
    seed: int | None = None,
    backend: str | None = None,
    device: str | None = None,
    precision: str | None = None,
    jit: bool | None = None,
    log_every: int | None = None,
    sample_every: int | None = None,
    checkpoint_every: int | None = None,
    keep_checkpoints: int | None = None,
    keep_best: str | None = None,
    best_count: int | None = None,
    patience: int | None = None,
    recover: int | None = None,
    max_minutes: float | None = None,
    workers: int | None = None,
    worker_timeout: float | None = None,
    ray: str | None = None,
    ray_restarts: int | None = None,
    ray_timeout: float | None = None,
    strict: bool = False,
    quiet: bool = False,
    on_progress: Listener | None = None,
) -> SavedRun:
    """Trains a recipe, as `multigan run` does, and returns the run.

    What is left out comes from `MULTIGAN_*` variables of the environment, then from the recipe. The backend is fixed
    once Keras is imported, for as long as the process lives: the one that runs is taken where none is asked for.

    Args:
        recipe: its name, or its plugin's: `"dcgan"`; or the path of a file that is a plugin: `"./my_gan.py"`.
        data: a folder or file, or the name of a data set; a path without a folder before it that is also the name of a
            data set is that set, unless it is a `pathlib.Path`.
        steps: to train up to.
        to: what is to be made out of the data, such as other pictures.
        options: of the recipe and of its data, `{"width": 32}`, see `multigan recipes NAME`. They are no keywords of
            their own, since plugins name them: none can take the place of a setting, today or in a later version.
        run_dir: the new run's folder; `runs/NAME-K` in the current one.
        batch_size, seed, precision, log_every, sample_every, checkpoint_every, keep_checkpoints, keep_best, best_count,
            patience, recover, max_minutes: as of `multigan run --help`.
        backend: "tensorflow", "jax" or "torch".
        device: "cpu" or "gpu"; a gpu where there is one.
        jit: compile with XLA, or not.
        workers: processes of this machine, or of a cluster, that train the run together, on JAX, whatever runs in this
            one.
        worker_timeout: seconds of silence after which one of them is given up, and the run with it.
        ray: the address of a Ray cluster that places the workers: "auto", or "HOST:PORT" of its head node.
        ray_restarts: how often such a run is started again from its last checkpoint after a loss.
        ray_timeout: seconds that the cluster has to make room for the workers.
        strict: an exception of a plugin that watches the run ends it.
        quiet: say and show nothing.
        on_progress: is called with each line of the log as it is written: `step`, `losses`, `health`,
            `samples_per_second` and what else log.jsonl holds. What it raises ends the run.

    Raises:
        UsageError: a name, a value or a combination that cannot be; nothing was changed on disk.
        DataError: data that cannot be trained on; nothing was changed on disk.
        RunFailedError: the run failed after it had begun; its last good checkpoint is kept.
        KeyboardInterrupt: it was interrupted; the step was finished and a checkpoint written, and the message says how
            to go on.
    """
    flags = {"data": source(data), "steps": steps, "batch_size": batch_size, "seed": seed, "backend": backend}
    flags |= {"device": device, "precision": precision, "jit": _jit(jit)}
    flags |= {"log_every": log_every, "sample_every": sample_every, "checkpoint_every": checkpoint_every}
    flags |= {"keep_checkpoints": keep_checkpoints, "keep_best": keep_best, "best_count": best_count}
    flags |= {"patience": patience, "recover": recover, "max_minutes": max_minutes}
    flags |= {"workers": workers, "worker_timeout": worker_timeout}
    flags |= {"ray": ray, "ray_restarts": ray_restarts, "ray_timeout": ray_timeout}
    host = Host(quiet=quiet)
    config = configure(
        host,
        recipe,
        flags=plain(flags),
        options=plain(options or {}),
        to=source(to),
        run_dir=None if run_dir is None else place(run_dir, "run_dir"),
        origin="argument",
    )
    return SavedRun(_trained(config, host, strict, on_progress), host=host)


def resume(
    host: Host,
    path: Path,
    *,
    settings: dict[str, Any],
    options: Mapping[str, Any],
    strict: bool = False,
    on_progress: Listener | None = None,
) -> None:
    """Goes on with a run; see `SavedRun.resume`."""
    for key in settings:
        if key not in SETTINGS:
            raise UsageError(f"resume() takes no {key}{suggest(key, SETTINGS)} (known: {', '.join(sorted(SETTINGS))})")
    flags = plain(settings | {"data": source(settings.get("data")), "jit": _jit(settings.get("jit"))})
    config = configure(host, None, flags=flags, options=plain(options), resume=path, origin="argument")
    _trained(config, host, strict, on_progress)


def train_configured(
    config: RunConfig, host: Host, *, strict: bool = False, on_progress: Listener | None = None
) -> Finished:
    """Trains what a configuration describes, and shows how far it is unless the host is quiet.

    Raises:
        as `multigan.training.session.start`.
    """
    if config["workers"] > 1 and config.worker is None:
        if config["ray"]:
            from multigan.api.cluster import train_on_cluster

            return train_on_cluster(config, host, strict, on_progress)
        from multigan.api.workers import train_together

        return train_together(config, host, strict, on_progress)
    from multigan.terminal.display import show_run
    from multigan.training.session import start

    with show_run(host.quiet) as display:
        return start(config, host.registry, Told(display, on_progress) if on_progress else display, strict)


class Told(Display):
    """A display, and somebody who is told every line of the log.

    Args:
        display: that shows the run.
        listener: takes a line.
    """

    def __init__(self, display: Display, listener: Listener):
        self._display, self._listener, self.work = display, listener, display.work

    def say(self, line: str) -> None:
        """Passed on."""
        self._display.say(line)

    def started(self, run: Any) -> None:
        """Passed on."""
        self._display.started(run)

    def progress(self, run: Any, shown: dict) -> None:
        """Passed on."""
        self._display.progress(run, shown)

    def logged(self, run: Any, line: dict) -> None:
        """Passed on, and told."""
        self._display.logged(run, line)
        self._listener(copy.deepcopy(line))


def _trained(config: RunConfig, host: Host, strict: bool, on_progress: Listener | None) -> Path:
    """Trains, says how it ended, and returns the run's place."""
    _forget_names()
    finished = train_configured(config, host, strict=strict, on_progress=on_progress)
    for line in ended_lines(finished):
        host.say(line)
    path, result = Path(os.path.abspath(finished.run.directory.path)), finished.result
    if result.outcome == "interrupted" and result.reason.startswith("SIG"):
        raise KeyboardInterrupt(
            f"{result.reason} after step {result.step}, which a checkpoint holds; go on with: "
            f"multigan.open({str(path)!r}).resume()"
        )
    return path


def _forget_names() -> None:
    """Numbers layers from the start, as in a process of its own: TensorFlow's order of sums follows their names."""
    if "keras" in sys.modules:
        sys.modules["keras"].utils.clear_session()


def _jit(wanted: bool | None) -> str | None:
    return wanted if wanted is None else "on" if wanted else "off"


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as a config file has them: numbers of NumPy's as Python's, paths as texts."""
    found = {}
    for key, value in values.items():
        value = value.item() if type(value).__module__ == "numpy" and not getattr(value, "shape", 1) else value
        found[key] = source(value) if isinstance(value, os.PathLike) else value
    return found
