"""Kernel distance: the unbiased squared maximum mean discrepancy under a polynomial kernel.

Reference: Binkowski et al., 2018, arXiv 1801.01401 (on Inception features: KID).
"""

import numpy

from multigan.metrics.checks import check_sets

__all__ = ["SUBSET", "SUBSETS", "kernel_distance", "squared_discrepancy"]

SUBSETS, SUBSET = 100, 1000  # of the reference's own computation


def squared_discrepancy(one: numpy.ndarray, other: numpy.ndarray) -> float:
    """Returns the unbiased estimate with the kernel (x . y / width + 1)^3 between features `(count, width)`.

    Its expectation is 0 for two samples of one distribution, so that it is below 0 about half of the time there.
    """

    def kernel(a, b):
        return ((a @ b.T) / a.shape[1] + 1.0) ** 3

    def within(a):
        inner = kernel(a, a)
        return (inner.sum(dtype=numpy.float64) - numpy.trace(inner, dtype=numpy.float64)) / (len(a) * (len(a) - 1))

    return float(within(one) + within(other) - 2.0 * kernel(one, other).mean(dtype=numpy.float64))


def kernel_distance(real: numpy.ndarray, generated: numpy.ndarray, seed: int = 0) -> float:
    """Returns the mean estimate over 100 subsets of 1,000 of each; over all of them where there are no more.

    Args:
        real, generated: features `(count, width)`, at least two of each.
        seed: chooses the subsets.

    Raises:
        UsageError: fewer than two samples, or two widths.
    """
    check_sets("KD", 2, real=real, generated=generated)
    size = min(SUBSET, len(real), len(generated))
    rng = numpy.random.default_rng(seed)
    subsets = 1 if size == len(real) == len(generated) else SUBSETS
    return float(
        numpy.mean(
            [
                squared_discrepancy(*(part[rng.choice(len(part), size, replace=False)] for part in (real, generated)))
                for _ in range(subsets)
            ]
        )
    )
