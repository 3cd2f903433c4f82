"""Metrics, and the records that tell each value together with how it was measured."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from multigan.errors import UsageError
from multigan.recipe import Metric, load_object

if TYPE_CHECKING:
    import numpy

__all__ = ["METRICS", "evaluate"]

_NEAREST = (
    "k-nearest-neighbour manifold estimate (arXiv 1904.06991) with k = 3 and Euclidean distance between pixels in "
    "[-1, 1]; depends on the counts"
)

METRICS = (
    Metric(
        name="precision(pixels)",
        summary="share of the samples that lie where data lie",
        modality="images",
        compute="multigan.metrics.images:precision",
        protocol=f"share of generated images within the real images' manifold: {_NEAREST}",
        better="higher",
        references=("1904.06991",),
    ),
    Metric(
        name="recall(pixels)",
        summary="share of the data that lie where samples lie",
        modality="images",
        compute="multigan.metrics.images:recall",
        protocol=f"share of real images within the generated images' manifold: {_NEAREST}",
        better="higher",
        references=("1904.06991",),
    ),
    Metric(
        name="diversity",
        summary="how far apart the samples are, as a ratio of how far apart the data are",
        modality="images",
        compute="multigan.metrics.images:diversity",
        protocol="mean pairwise Euclidean distance between pixels within the generated images over that within the "
        "real images, at most 1,000 of each, chosen by the seed",
        better="one",
    ),
)


def evaluate(
    metrics: Iterable[Metric],
    real: numpy.ndarray,
    generate: Callable[[int, int], numpy.ndarray],
    seeds: Sequence[int],
    *,
    step: int,
    count: int | None = None,
) -> list[dict[str, Any]]:
    """Returns one record per metric: its mean over `seeds`, with everything that is needed to measure it again.

    Args:
        metrics: what to compute.
        real: data samples `(count, *shape)`, in the recipe's units.
        generate: `generate(count, seed)` returns that many samples, in the same units; called once per seed.
        seeds: one evaluation each, at least one.
        step: the step of the checkpoint that is evaluated.
        count: samples to generate; as many as real ones when it is None.

    Returns:
        Records with `step`, `metric`, `value` (mean), `deviation` (sample standard deviation over the seeds, None for
        one seed), `values`, `better`, `protocol`, `real`, `generated`, `seeds`, `references`: JSON holds them as is.

    Raises:
        UsageError: no seed, or what a metric refuses (too few samples, values that are not finite).
    """
    metrics = tuple(metrics)
    if not seeds:
        raise UsageError("evaluate: needs at least one seed")
    count = len(real) if count is None else count
    computes = [load_object(metric.compute) for metric in metrics]
    values: list[list[float]] = [[] for _ in metrics]
    for seed in seeds:
        generated = generate(count, seed)
        for column, compute in zip(values, computes, strict=True):
            column.append(float(compute(real, generated, seed)))
    return [
        {
            "step": step,
            "metric": metric.name,
            "value": statistics.fmean(column),
            "deviation": statistics.stdev(column) if len(column) > 1 else None,
            "values": column,
            "better": metric.better,
            "protocol": metric.protocol,
            "real": len(real),
            "generated": count,
            "seeds": list(seeds),
            "references": list(metric.references),
        }
        for metric, column in zip(metrics, values, strict=True)
    ]
