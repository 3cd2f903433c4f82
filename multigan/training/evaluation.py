"""Scores checkpoints of a run with its recipe's metrics, and keeps each value with its protocol."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from multigan import metrics
from multigan.data import open_source
from multigan.errors import UsageError
from multigan.plugins import Registry
from multigan.recipe import suggest
from multigan.runs import RunDirectory
from multigan.training.trained import Trained
from multigan.version import version

__all__ = ["evaluate_run"]


def evaluate_run(
    path: str | Path,
    registry: Registry,
    *,
    checkpoint: str,
    names: Sequence[str],
    count: int,
    seeds: int,
    data: str | None,
    backend: str | None,
    device: str | None,
    talk: Callable[[str], None],
) -> tuple[list[dict[str, Any]], bool]:
    """Computes metrics, appends their records to scores.jsonl and returns them, and whether an observer failed.

    Args:
        path: of the run.
        registry: plugins: metrics, data sets, observers.
        checkpoint: "latest", "best", "all" or a step.
        names: of metrics; empty means the recipe's own.
        count: samples of each kind; never more real ones than the data has.
        seeds: number of draws, seeded 0, 1, 2, ...
        data: data source; None for the run's own.
        backend, device: as for sampling.
        talk: takes lines for the user.

    Raises:
        UsageError: no such run, checkpoint or metric, or data of another shape than the samples.
    """
    from multigan.training.checkpoints import steps_saved

    directory = RunDirectory.open(path)
    steps = [str(step) for step in steps_saved(directory.checkpoints)] if checkpoint == "all" else [checkpoint]
    if not steps:
        raise UsageError(f"{path}: no checkpoint yet; train on with --resume {path}")
    records, failed, real = [], False, None
    for wanted in steps:
        trained = Trained(path, registry, checkpoint=wanted, backend=backend, device=device, warn=talk)
        if real is None:
            chosen = _metrics(registry, trained.recipe, names)
            source = _open(trained, registry, data)
            real = _draw(source, count, trained)
        scores = metrics.evaluate(chosen, real, trained.game.sample, range(seeds), step=trained.step)
        facts = {
            "data": source.name,
            "fingerprint": source.fingerprint,
            "checkpoint": trained.step,
            "backend": trained.backend,
            "split": "training data" if source.fingerprint == trained.data.fingerprint else "other data",
            "device": trained.device,
            "multigan": version(),
        }
        scores = [score | facts for score in scores]
        for score in scores:
            directory.append(score, directory.scores)
        records += scores
        failed |= _announce(trained, registry, talk, scores)
    from multigan.training.report import write_report

    write_report(directory.path)
    return records, failed


def _metrics(registry, recipe, names):
    chosen = tuple(names) or recipe.metrics
    if not chosen:
        raise UsageError(
            f"recipe {recipe.name} has no metric of its own; choose one with --metric: {', '.join(registry.metrics)}"
        )
    for name in chosen:
        if name not in registry.metrics:
            raise UsageError(
                f"no metric {name}{suggest(name, registry.metrics)} (known: {', '.join(registry.metrics)})"
            )
    return [registry.metrics[name] for name in chosen]


def _open(trained, registry, data):
    facts = trained.facts
    options = {key: entry["value"] for key, entry in facts["options"].items() if key not in trained.recipe.options}
    spec = data or facts["settings"]["data"]["value"]
    source = open_source(spec, trained.recipe.modality, options, registry.datasets)
    if tuple(source.shape) != trained.data.shape:
        raise UsageError(f"{spec}: samples of shape {tuple(source.shape)}, but the run makes {trained.data.shape}")
    return source


def _draw(source, count, trained):
    """A fixed choice of real samples, without replacement."""
    chosen = np.random.default_rng(0).permutation(len(source))[: min(count, len(source))]
    return np.stack([next(iter(source[int(index)].values())) for index in np.sort(chosen)])


def _announce(trained, registry, talk, scores) -> bool:
    from multigan.training.observers import Observers
    from multigan.training.run import Run

    observers = Observers(registry.manager, talk)
    run = Run(
        directory=trained.directory,
        plugin=trained.facts["plugin"],
        recipe=trained.recipe,
        options={key: entry["value"] for key, entry in trained.facts["options"].items()},
        settings={key: entry["value"] for key, entry in trained.facts["settings"].items()},
        data=trained.data,
        backend=trained.backend,
        device=trained.device,
        game=trained.game,
        steps=trained.step,
        step=trained.step,
    )
    observers.notify(
        "evaluation_finished", run=run, step=trained.step, scores={score["metric"]: score for score in scores}
    )
    return observers.failed
