"""The hook contract between multigan and its plugins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy

from multigan.modality import Modality
from multigan.recipe import Command, DataSource, Exporter, Metric, Recipe

if TYPE_CHECKING:
    import numpy

    from multigan.training.run import Run

__all__ = ["hookimpl", "hookspec"]

hookspec = pluggy.HookspecMarker("multigan")
hookimpl = pluggy.HookimplMarker("multigan")


@hookspec
def register_recipes() -> Iterable[Recipe]:
    """Yields the recipes that `multigan run --plugin NAME` can train."""


@hookspec
def register_datasets() -> Iterable[DataSource]:
    """Yields named data sets for `--data NAME`."""


@hookspec
def register_metrics() -> Iterable[Metric]:
    """Yields metrics for `multigan evaluate`; a recipe names those that it reports."""


@hookspec
def register_exporters() -> Iterable[Exporter]:
    """Yields formats for `multigan export --format NAME`."""


@hookspec
def register_commands() -> Iterable[Command]:
    """Yields further commands of the command line."""


@hookspec
def register_modalities() -> Iterable[Modality]:
    """Yields kinds of samples, beside images, points, sounds and texts, that recipes may make."""


@hookspec
def run_started(run: Run) -> None:
    """Called once, after the game is built and any checkpoint restored, before the first step."""


@hookspec
def step_finished(run: Run, step: int, logs: Mapping[str, float]) -> None:
    """Called after every step with that step's loss terms and observations as floats, one step late at most."""


@hookspec
def samples_produced(run: Run, step: int, samples: numpy.ndarray) -> None:
    """Called when samples were drawn from the fixed latents: `(count, *shape)`, in the recipe's units."""


@hookspec
def log_written(run: Run, step: int, line: Mapping[str, Any]) -> None:
    """Called when a line of the log is written: means since the last one, what was measured on samples, the speed."""


@hookspec
def evaluation_finished(run: Run, step: int, scores: Mapping[str, Any]) -> None:
    """Called by `multigan evaluate` with one record per metric: value, protocol, counts, seeds."""


@hookspec
def checkpoint_saved(run: Run, step: int, path: Path) -> None:
    """Called when a checkpoint is complete on disk; `step` may lie some steps back: it is written beside them."""


@hookspec
def run_finished(run: Run, error: BaseException | None) -> None:
    """Called exactly once for every `run_started`: `error` is what ended the run early, or None."""
