"""How far apart samples are from one another, measured against how far apart the data are."""

import math

import numpy

from multigan.errors import UsageError
from multigan.metrics.checks import check_sets

__all__ = ["diversity", "diversity_metric", "mean_pairwise_distance"]

HEALTH_COUNT = 128  # 8,128 pairs: 0.1 s for 64 x 64 colour images
METRIC_COUNT = 1000  # 499,500 pairs
COLUMNS = 4096  # of all samples, in float64 at a time
NEAR = 1e-6  # a squared distance below so much of both norms: rounding leaves 1e-10 of the rest


def mean_pairwise_distance(samples: numpy.ndarray) -> float:
    """Mean Euclidean distance over all pairs of `samples` `(count, *shape)`, in the samples' units.

    A product of matrices leaves rounding noise where pictures are equal: distances of near ones are taken again, from
    their differences.
    """
    flat = numpy.asarray(samples, dtype=numpy.float32).reshape(len(samples), -1)
    count = len(flat)
    product = numpy.zeros((count, count))
    for start in range(0, flat.shape[1], COLUMNS):
        some = flat[:, start : start + COLUMNS].astype(numpy.float64)
        product += some @ some.T
    norms = product.diagonal()
    total = 0.0
    for index in range(count - 1):
        size = norms[index] + norms[index + 1 :]
        squares = size - 2 * product[index, index + 1 :]
        near = numpy.flatnonzero(~(squares > NEAR * size)) + index + 1  # what is not finite is near, too
        difference = flat[near] - flat[index]
        squares[near - index - 1] = numpy.einsum("ij,ij->i", difference, difference, dtype=numpy.float64)
        total += float(numpy.sqrt(squares).sum())
    return total / (count * (count - 1) / 2)


def diversity(samples: numpy.ndarray, reference: numpy.ndarray, seed: int = 0, count: int = HEALTH_COUNT) -> float:
    """Mean pairwise distance within `samples`, as a ratio of the same within `reference`.

    Args:
        samples, reference: `(count, *shape)`, at least two of each, in the same units.
        seed: chooses which ones are compared when there are more than `count`.
        count: how many of each are compared at most; the time grows with its square.

    Returns:
        1 when the samples are as far apart as the data, 0 when all are one picture, more than 1 when they are further
        apart than the data (noise is); `nan` when a value is not finite; `inf` when only the data are all alike, and
        1 when samples and data both are.

    Raises:
        UsageError: fewer than two samples, or two shapes.
    """
    check_sets("diversity", 2, samples=samples, reference=reference)
    spread, expected = (mean_pairwise_distance(_choose(images, seed, count)) for images in (samples, reference))
    if not (math.isfinite(spread) and math.isfinite(expected)):
        return math.nan
    if expected == 0.0:
        return 1.0 if spread == 0.0 else math.inf
    return spread / expected


def diversity_metric(real: numpy.ndarray, generated: numpy.ndarray, seed: int = 0) -> float:
    """`diversity` of at most 1,000 samples of each.

    Args:
        real, generated: `(count, *shape)`, at least two of each, in the same units.
        seed: chooses the samples when there are more.

    Raises:
        UsageError: too few samples, two shapes, or real samples that are all alike.
    """
    check_sets("diversity", 2, real=real, generated=generated)
    value = diversity(generated, real, seed, METRIC_COUNT)
    if not math.isfinite(value):
        raise UsageError("diversity: the real samples are all alike, so there is nothing to compare with")
    return value


def _choose(images: numpy.ndarray, seed: int, count: int) -> numpy.ndarray:
    if len(images) <= count:
        return images
    # A fresh generator for each set: the same set gives the same choice, so that its ratio to itself is exactly 1.
    return images[numpy.sort(numpy.random.default_rng(seed).choice(len(images), count, replace=False))]
