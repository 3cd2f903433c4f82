"""Metrics, and the records that tell each value together with how it was measured."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multigan.errors import UsageError
from multigan.recipe import Metric

if TYPE_CHECKING:
    from multigan.metrics.scoring import Evaluation
    from multigan.progress import Progress

__all__ = ["QuickScore", "evaluate", "quick_score"]

# Values that differ by no more of themselves are equal, but for rounding.
ROUNDING = 1e-12


def evaluate(evaluation: Evaluation, game: Any, seeds: Sequence[int], *, step: int) -> list[dict[str, Any]]:
    """Returns one record per metric: its mean over `seeds`, with everything that is needed to measure it again.

    Args:
        evaluation: the metrics and the data.
        game: whose samples are scored.
        seeds: one evaluation each, at least one.
        step: the step of the checkpoint that is evaluated.

    Returns:
        Records with `step`, `metric`, `value` (mean), `deviation` (sample standard deviation over the seeds, None for
        one seed), `values`, `better`, `protocol`, `real`, `generated`, `seeds`, `references`, `extractor` (name and
        facts, or None), `kept` (feature vectors compared, where fewer than the count), `notes`, and `details`: what
        else the metric tells, means over the seeds where they are numbers, else one value for each seed. JSON holds
        them as they are.

    Raises:
        UsageError: no seed, or what a metric refuses.
    """
    if not seeds:
        raise UsageError("evaluate: needs at least one seed")
    results = []
    for seed in seeds:
        evaluation.progress.round(f"step {step:,}, seed {seed}")
        results.append(evaluation.score(game, seed))
    return [
        _record(metric, [r[metric.name] for r in results], evaluation, seeds, step) for metric in evaluation.metrics
    ]


def _deviation(values: list[float]) -> float:
    """The sample standard deviation; 0 where values are equal but for the order in which sums were taken."""
    found = statistics.stdev(values)
    return 0.0 if found <= ROUNDING * max(map(abs, values)) else found


def _record(metric: Metric, results: list[dict], evaluation: Evaluation, seeds, step: int) -> dict[str, Any]:
    values = [result["value"] for result in results]
    kept = results[0].get("kept")
    protocol = metric.protocol
    if kept is not None:
        protocol += f"; {kept:,} of the {evaluation.count:,} samples of each kind, chosen by lot"
    details = {}
    for key in results[0]:
        if key not in ("value", "kept", "note"):
            column = [result[key] for result in results]
            numbers = all(isinstance(value, (int, float)) for value in column)
            details[key] = statistics.fmean(column) if numbers else column
    extractor = {"name": metric.extractor, **evaluation.facts[metric.extractor]} if metric.extractor else None
    return {
        "step": step,
        "metric": metric.name,
        "value": statistics.fmean(values),
        "deviation": _deviation(values) if len(values) > 1 else None,
        "values": values,
        "better": metric.better,
        "protocol": protocol,
        "real": evaluation.real_count,
        "generated": evaluation.count,
        "kept": kept,
        "seeds": list(seeds),
        "references": list(metric.references),
        "extractor": extractor,
        "details": details,
        "notes": sorted({result["note"] for result in results if "note" in result}),
    }


class QuickScore:
    """One metric against one data set, for use again and again during training: the real side is computed once.

    Args:
        metric: what to compute.
        source: the training data, a `Source`.
        count: of samples, real and generated.
        seed: the samples' seed, the same each time, so that scores of two steps can be compared.
        folder: where a trained classifier is kept; a run's `metrics` folder.
        progress: is told what is being done.

    Raises:
        UsageError: what `multigan.metrics.scoring.Evaluation` refuses.
    """

    def __init__(
        self,
        metric: Metric,
        source: Any,
        count: int = 1000,
        seed: int = 0,
        folder: Path | None = None,
        progress: Progress | None = None,
    ):
        self._metric, self._source, self._count, self._folder = metric, source, count, folder
        self._seed, self._progress = seed, progress
        self._evaluation: Evaluation | None = None

    def record(self, game: Any, step: int) -> dict[str, Any]:
        """Returns the record of the game as it is now, as in scores.jsonl; it changes no state of the game."""
        if self._evaluation is None:
            from multigan.metrics.extractors import Material
            from multigan.metrics.scoring import Evaluation

            modality = self._metric.modality
            self._material = Material.of(self._source, lambda: self._source, self._folder, modality=modality)
            self._evaluation = Evaluation([self._metric], self._material, count=self._count, progress=self._progress)
        [record] = evaluate(self._evaluation, game, [self._seed], step=step)
        data = {"data": self._source.name, "fingerprint": self._source.fingerprint}
        return record | data | {"split": self._material.split}

    def __call__(self, game: Any) -> float:
        """Returns the metric's value for the game as it is now."""
        return self.record(game, 0)["value"]


def quick_score(metric: Metric, source: Any, game: Any, count: int = 1000, seed: int = 0) -> float:
    """Returns a metric's value once; `QuickScore` keeps the real side for further calls."""
    return QuickScore(metric, source, count, seed)(game)
