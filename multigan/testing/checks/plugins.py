"""What a plugin has beside recipes: data sets, metrics, formats, hooks that watch a run. Each check yields faults."""

import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from multigan import blame
from multigan.checking import Fault
from multigan.data import open_source
from multigan.plugins import KINDS, Registry
from multigan.recipe import load_object, place_of
from multigan.testing.tiny import TINY, TinyPlugin

__all__ = ["Subject", "data_sets_open", "formats_are_written", "metrics_measure", "run_hooks_run"]


@dataclass(frozen=True)
class Subject:
    """A plugin under test.

    Args:
        name: of the plugin.
        registry: with no other plugin than it.
    """

    name: str
    registry: Registry

    @property
    def package(self) -> str:
        """The outermost package of its code."""
        return blame.package_of(self.registry.manager.get_plugin(self.name))

    def items(self, kind: str) -> list[Any]:
        """What it registered of a kind, such as "dataset"."""
        known = {"dataset": self.registry.datasets, "metric": self.registry.metrics}
        known |= {"exporter": self.registry.exporters}
        return [item for name, item in known[kind].items() if self.registry.owner(kind, name) == self.name]

    def place(self, hook: str) -> str:
        """Where it implements a hook; "" where it does not."""
        return blame.function_place(getattr(self.registry.manager.get_plugin(self.name), hook, None))

    def hooks(self) -> list[str]:
        """The names of the run hooks that it has."""
        callers = self.registry.manager.get_hookcallers(self.registry.manager.get_plugin(self.name)) or []
        return [caller.name for caller in callers if caller.name not in KINDS]


def data_sets_open(subject: Subject, folder: Path) -> Iterator[Fault]:
    """Every data set of the plugin can be trained on, whole, and is the same each time.

    `load()` returns what `DataSource` says for its modality. Values that are not finite, or not in the units that their
    type has, are left out or refused. One that is other data each time lets no run go on: a run keeps a fingerprint.
    Draw with a generator that has a seed.
    """
    for item in subject.items("dataset"):
        function = load_object(item.load)
        place = blame.function_place(function) or place_of(item)
        try:
            first, again = (open_source(item.name, item.modality, {}, subject.registry.datasets) for _ in range(2))
            some = np.arange(min(len(first), 64))
            record, repeated = (source.batch(some) for source in (first, again))
        except Exception as error:
            told = " ".join(str(error).split()) or type(error).__name__
            where = blame.within(error, (subject.package,))[1]
            yield Fault(f"dataset {item.name}", f"cannot be trained on: {told}", where or place, "data_sets_open")
            continue
        if first.report.skipped:
            count, (name, why) = len(first.report.skipped), first.report.skipped[0]
            told = f"{count} of {first.report.found} samples are left out, such as {name}: {why}; mend or drop them"
            yield Fault(f"dataset {item.name}", told, place, "data_sets_open")
        if first.fingerprint != again.fingerprint:
            told = "it is other data each time, so that no run can go on; draw with numpy.random.default_rng(0)"
            yield Fault(f"dataset {item.name}", told, place, "data_sets_open")
        elif differing := [key for key in record if not _alike(record[key], repeated[key])]:
            told = (
                f"the same samples have another {', '.join(differing)} each time, so that no run can go on; draw with "
            )
            yield Fault(f"dataset {item.name}", told + "numpy.random.default_rng(0)", place, "data_sets_open")
        values = record[first.field]
        if not np.isfinite(values).all():
            yield Fault(f"dataset {item.name}", "its samples are not all finite", place, "data_sets_open")


def metrics_measure(subject: Subject, folder: Path) -> Iterator[Fault]:
    """Every metric of the plugin makes a finite number of samples, the same each time.

    `compute(real, generated, seed)` returns a float, or a mapping with the float as `"value"`. What it draws comes of
    `seed`. Metrics with needs, and those of fields, are not tried here.
    """
    draw = np.random.default_rng(0)
    for item in subject.items("metric"):
        arrays = _samples(item, subject, draw)
        if arrays is None:
            continue
        compute = load_object(item.compute)
        place = blame.function_place(compute) or place_of(item)
        try:
            values = [compute(*arrays, 0) for _ in range(2)]
        except Exception as error:
            told = f"fails on samples of {item.modality}: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
            where = blame.within(error, (subject.package,))[1]
            yield Fault(f"metric {item.name}", told, where or place, "metrics_measure")
            continue
        values = [value.get("value") if isinstance(value, Mapping) else value for value in values]
        if not all(np.ndim(value) == 0 and _is_finite(value) for value in values):
            told = f"gives {values[0]!r:.80}; compute() must return a finite number"
            yield Fault(f"metric {item.name}", told, place, "metrics_measure")
        elif values[0] != values[1]:
            told = f"gives {values[0]:g}, and then {values[1]:g} of the same samples and seed; draw of its seed"
            yield Fault(f"metric {item.name}", told, place, "metrics_measure")


def formats_are_written(subject: Subject, folder: Path) -> Iterator[Fault]:
    """Every format of the plugin is written, and compared with the game's own samples.

    `export(game, path, verify)` writes the model, calls `verify(function)` with a function that runs what was written,
    and returns the path. Without the call nobody knows whether the file is good, and `multigan export` refuses it.
    """
    if not subject.items("exporter"):
        return
    from multigan.testing.contract import Contract
    from multigan.trained.exporting import verifier

    for item in subject.items("exporter"):
        game = Contract(TINY, registry=_with_tiny(subject)).build()
        export, compared = load_object(item.export), []
        verify = verifier(game, "float32")
        place = blame.function_place(export) or place_of(item)
        path = folder / f"written{item.suffix}"
        try:
            written = export(game, path, lambda function: compared.append(verify(function)))  # noqa: B023
        except ImportError as error:
            if item.extra:
                continue  # a part of an extra that is not installed here
            yield Fault(f"exporter {item.name}", f"cannot be written: {error}", place, "formats_are_written")
            continue
        except Exception as error:
            told = f"cannot be written: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
            where = blame.within(error, (subject.package,))[1]
            yield Fault(f"exporter {item.name}", told, where or place, "formats_are_written")
            continue
        if not compared:
            told = "does not call verify(function), so that nobody knows whether the file is good"
            yield Fault(f"exporter {item.name}", told, place, "formats_are_written")
        if not isinstance(written, os.PathLike) or not Path(written).exists():
            told = f"returns {written!r:.60}, and not the path that it wrote"
            yield Fault(f"exporter {item.name}", told, place, "formats_are_written")


def run_hooks_run(subject: Subject, folder: Path) -> Iterator[Fault]:
    """The plugin's hooks watch a run from its first step to its end, and none fails.

    A short run of points is trained, sampled, saved and scored. A hook that raises is detached from a user's run, whose
    exit code is then 3: the line is that of the hook. Look at what `run` has (docs/hooks.md); another run may have no
    labels, no sound, or no score yet.
    """
    if not subject.hooks():
        return
    import keras

    from multigan.api.configuring import configure
    from multigan.api.host import Host
    from multigan.training.display import Display
    from multigan.training.observers import Observers
    from multigan.training.session import start

    lines: list[str] = []
    display = Display()
    display.say = lines.append
    host = Host(quiet=True, environ={})
    host.silent_registry = _with_tiny(subject)
    every = {"log_every": 1, "sample_every": 2, "checkpoint_every": 2, "steps": 4, "batch_size": 8}
    flags = {**every, "backend": keras.backend.backend(), "device": None, "data": TINY}
    config = configure(host, TINY, flags=flags, options={}, run_dir=folder / "run", environ={})
    finished = start(config, host.silent_registry, display)
    observers = Observers(host.silent_registry.manager, lines.append)
    score = {"value": 0.5, "deviation": 0.1, "better": "lower", "protocol": "", "real": 8, "generated": 8, "seeds": [0]}
    observers.notify("evaluation_finished", run=finished.run, step=4, scores={"sliced-wasserstein": score})
    for line in dict.fromkeys(lines):
        if found := re.match(rf"warning: plugin {re.escape(subject.name)} (failed in|changes) (.*)", line):
            what, place = _told(f"{found[1]} {found[2]}")
            place = place or next(map(subject.place, re.findall(r" in (\w+)", what)), "")
            yield Fault(f"plugin {subject.name}", what, place, "run_hooks_run")


def _with_tiny(subject: Subject) -> Registry:
    if TINY not in subject.registry.recipes:
        subject.registry.register(TINY, TinyPlugin())
    return subject.registry


def _told(line: str) -> tuple[str, str]:
    """A line without the place at its end, and the place."""
    found = re.fullmatch(r"(.*) \(([^()\s]+:\d+)\)(.*)", line)
    return (found[1] + found[3], found[2]) if found else (line, "")


def _samples(metric: Any, subject: Subject, draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray] | None:
    """Two arrays that a metric can be tried on; None where it takes more than that."""
    if metric.needs or metric.streams:
        return None
    if metric.extractor:
        return tuple(draw.normal(size=(32, 8)) for _ in range(2))
    names = [name for name, item in subject.registry.datasets.items() if item.modality == metric.modality]
    if not names:
        return None
    source = open_source(names[0], metric.modality, {}, subject.registry.datasets)
    count = min(32, len(source) // 2)
    return tuple(source.batch(np.arange(count) + start)[source.field] for start in (0, count))


def _is_finite(value: Any) -> bool:
    try:
        return math.isfinite(value)
    except TypeError:
        return False


def _alike(one: Any, other: Any) -> bool:
    one, other = np.asarray(one), np.asarray(other)
    return one.shape == other.shape and bool(((one == other) | ((one != one) & (other != other))).all())
