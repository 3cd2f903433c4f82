"""Frechet distance between Gaussians that are fitted to two sets of features.

Reference: Heusel et al., 2017, arXiv 1706.08500 (on Inception features: FID).
"""

import numpy

from multigan.metrics.checks import check_sets
from multigan.metrics.streams import Moments

__all__ = ["frechet", "frechet_distance"]


def frechet_distance(real: Moments, generated: Moments) -> float:
    """Returns |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) of two `Moments`, in squared units of the features.

    The trace of the root is that of (S C2 S)^(1/2) with S the root of C1, which is symmetric: eigenvalues of symmetric
    matrices need no complex numbers, and rounding below zero is cut off.

    Raises:
        UsageError: fewer than two samples.
    """
    first, second = real.covariance, generated.covariance
    values, vectors = numpy.linalg.eigh(first)
    root = (vectors * numpy.sqrt(numpy.clip(values, 0.0, None))) @ vectors.T
    product = root @ second @ root
    cross = numpy.sqrt(numpy.clip(numpy.linalg.eigvalsh((product + product.T) / 2), 0.0, None)).sum()
    shift = real.mean - generated.mean
    return max(0.0, float(shift @ shift + numpy.trace(first) + numpy.trace(second) - 2.0 * cross))


def frechet(
    real: numpy.ndarray, generated: numpy.ndarray, seed: int = 0, *, moments: tuple[Moments, Moments] | None = None
) -> dict[str, object]:
    """Returns the distance as a metric's result; a note where there are fewer samples than features have numbers.

    Args:
        real, generated: features `(count, width)`; used where there are no `moments`.
        seed: unused; nothing is drawn.
        moments: of all real and all generated features.

    Raises:
        UsageError: fewer than two samples, or two widths.
    """
    check_sets("FD", 2, real=real, generated=generated)
    if moments is None:
        moments = (Moments(), Moments())
        for accumulated, features in zip(moments, (real, generated), strict=True):
            accumulated.add(features)
    result: dict[str, object] = {"value": frechet_distance(*moments)}
    fewest, width = min(part.count for part in moments), len(moments[0].mean)
    if fewest <= width:
        result["note"] = (
            f"{fewest:,} samples for {width:,} features: the covariance is singular and the value is biased upwards; "
            "compare equal counts only"
        )
    return result
