"""Metrics from distances to nearest neighbours, between features `(count, width)` (or samples, flattened).

A set's manifold is the union of the balls around its members that reach to their k-th nearest other member. The
estimates depend on the counts: compare equal ones only.

References: Kynkaanniemi et al., 2019, arXiv 1904.06991 (precision, recall); Naeem et al., 2020, arXiv 2002.09797
(density, coverage).
"""

from collections.abc import Callable

import numpy

from multigan.metrics.checks import check_sets

__all__ = [
    "coverage",
    "coverage_metric",
    "density",
    "density_metric",
    "precision",
    "precision_metric",
    "recall",
    "recall_metric",
]

NEIGHBOURS = 3  # arXiv 1904.06991, section 3
DENSITY_NEIGHBOURS = 5  # arXiv 2002.09797, section 4
CHUNK_MEGABYTES = 128  # of distances held at a time
ROUNDING = 1e-6  # relative to a feature's norm; one grey level in one pixel of a 32 x 32 colour image is 1.4e-4


def precision(real_features: numpy.ndarray, generated_features: numpy.ndarray, k: int = NEIGHBOURS) -> float:
    """Share of generated samples that lie on the real manifold: 1 when every sample looks like data.

    Args:
        real_features, generated_features: `(count, *shape)`, more than `k` of each.
        k: which neighbour a ball reaches to.

    Raises:
        UsageError: too few samples, or two shapes.

    Reference: arXiv 1904.06991, equation 2.
    """
    return _share("precision", real_features, generated_features, k)


def recall(real_features: numpy.ndarray, generated_features: numpy.ndarray, k: int = NEIGHBOURS) -> float:
    """Share of real samples that lie on the generated manifold: 1 when no part of the data is missing.

    Arguments and errors are those of `precision`.

    Reference: arXiv 1904.06991, equation 2.
    """
    check_sets("recall", k + 1, real=real_features, generated=generated_features)
    return _share("recall", generated_features, real_features, k)


def density(real_features: numpy.ndarray, generated_features: numpy.ndarray, k: int = DENSITY_NEIGHBOURS) -> float:
    """Mean number of real balls around a generated sample, over `k`: about 1 for samples of the data's distribution.

    May exceed 1 where samples crowd where data are dense. Arguments and errors are those of `precision`.

    Reference: arXiv 2002.09797, equation 4.
    """
    check_sets("density", k + 1, real=real_features, generated=generated_features)
    counts = _reduce(real_features, generated_features, k, lambda inside: inside.sum(axis=1))
    return float(numpy.concatenate(counts).mean() / k)


def coverage(real_features: numpy.ndarray, generated_features: numpy.ndarray, k: int = DENSITY_NEIGHBOURS) -> float:
    """Share of real balls that hold a generated sample: low where parts of the data are missing.

    An outlier among the samples cannot raise it, as it can raise recall. Arguments and errors are those of
    `precision`.

    Reference: arXiv 2002.09797, equation 5.
    """
    check_sets("coverage", k + 1, real=real_features, generated=generated_features)
    found = numpy.zeros(len(real_features), bool)

    def mark(inside):
        found[inside.any(axis=0)] = True

    _reduce(real_features, generated_features, k, mark)
    return float(found.mean())


def precision_metric(real: numpy.ndarray, generated: numpy.ndarray, seed: int = 0) -> float:
    """`precision` with k = 3."""
    return precision(real, generated)


def recall_metric(real: numpy.ndarray, generated: numpy.ndarray, seed: int = 0) -> float:
    """`recall` with k = 3."""
    return recall(real, generated)


def density_metric(real: numpy.ndarray, generated: numpy.ndarray, seed: int = 0) -> float:
    """`density` with k = 5."""
    return density(real, generated)


def coverage_metric(real: numpy.ndarray, generated: numpy.ndarray, seed: int = 0) -> float:
    """`coverage` with k = 5."""
    return coverage(real, generated)


def _share(metric, centres, others, k):
    check_sets(metric, k + 1, real=centres, generated=others)
    return float(numpy.concatenate(_reduce(centres, others, k, lambda inside: inside.any(axis=1))).mean())


def _reduce(centres, others, k, reduce: Callable[[numpy.ndarray], numpy.ndarray | None]) -> list:
    """Applies `reduce` to chunks of the table `(others, centres)` that tells who lies in whose ball."""
    from sklearn.metrics import pairwise_distances_chunked
    from sklearn.neighbors import NearestNeighbors

    centres, others = (numpy.asarray(x, dtype=numpy.float32).reshape(len(x), -1) for x in (centres, others))
    # Without a query scikit-learn leaves each sample out of its own neighbours.
    distances, _ = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(centres).kneighbors()
    # Distances come from products of matrices; the allowance lets equal samples meet in a ball of radius zero.
    radii = distances[:, -1] + ROUNDING * numpy.linalg.norm(centres, axis=1).max()
    return list(
        pairwise_distances_chunked(
            others,
            centres,
            reduce_func=lambda chunk, start: reduce(chunk <= radii),
            working_memory=CHUNK_MEGABYTES,
        )
    )
