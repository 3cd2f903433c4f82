"""Metrics of points `(count, columns)`, in the data's units.

Modes, high quality and reverse KL divergence are those of PacGAN's protocol, arXiv 1712.04086, section 4.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from multigan.errors import UsageError
from multigan.metrics.checks import check_sets

__all__ = [
    "Modes",
    "estimate_modes",
    "high_quality",
    "mode_statistics",
    "modes",
    "modes_of",
    "reverse_kl",
    "sliced_wasserstein",
]

NEAR = 3.0  # standard deviations from a centre within which a point is of high quality
PROJECTIONS = 128
ESTIMATED = 100_000  # points that centres are estimated from


@dataclass(frozen=True)
class Modes:
    """Where the modes of points lie.

    Args:
        centres: `(modes, columns)`.
        sigma: standard deviation within a mode, in each direction.
        weights: `(modes,)`, the data's share in each; they sum to 1.
        names: of the modes.
        exact: whether these are the figures that the data were made with, not estimates.
    """

    centres: numpy.ndarray
    sigma: float
    weights: numpy.ndarray
    names: tuple[str, ...]
    exact: bool = False


def mode_statistics(
    points: numpy.ndarray, centres: numpy.ndarray, sigma: float, weights: numpy.ndarray | None = None
) -> tuple[numpy.ndarray, float, float]:
    """Returns which modes were captured, the share of high quality, and the reverse KL divergence.

    Args:
        points: `(count, columns)`, at least one.
        centres: of the modes, `(modes, columns)`.
        sigma: standard deviation within a mode.
        weights: the data's share of each mode, all above 0; equal ones when None.

    Returns:
        captured: indices of the modes with at least one point within 3 sigma, ascending.
        high_quality: share of the points within 3 sigma of a centre.
        reverse_kl: KL divergence, in nats, of the histogram of all points over the modes, each counted for its nearest
            centre, from the data's.
    """
    points, centres = numpy.asarray(points, numpy.float64), numpy.asarray(centres, numpy.float64)
    if weights is None:
        weights = numpy.full(len(centres), 1.0 / len(centres))
    distances = numpy.linalg.norm(points[:, None] - centres[None], axis=2)
    nearest = distances.argmin(axis=1)
    good = distances.min(axis=1) <= NEAR * sigma
    shares = numpy.bincount(nearest, minlength=len(centres)) / len(points)
    there = shares > 0
    divergence = (shares[there] * numpy.log(shares[there] / weights[there])).sum()
    return numpy.unique(nearest[good]), float(good.mean()), max(0.0, float(divergence))


def estimate_modes(points: numpy.ndarray, labels: numpy.ndarray, names: tuple[str, ...]) -> Modes:
    """Returns the classes' means as centres, and the pooled standard deviation within them as sigma.

    Args:
        points: `(count, columns)`.
        labels: int `(count,)`.
        names: of the classes; those without a point are left out.

    Raises:
        UsageError: the points of every class are all alike.
    """
    points = numpy.asarray(points, numpy.float64)
    there = numpy.unique(labels)
    centres = numpy.stack([points[labels == label].mean(axis=0) for label in there])
    rest = points - centres[numpy.searchsorted(there, labels)]
    freedom = (len(points) - len(there)) * points.shape[1]
    sigma = float(numpy.sqrt((rest**2).sum() / max(freedom, 1)))
    if sigma == 0.0:
        raise UsageError("modes: the points of each class are all alike, so nothing tells what is near a mode")
    weights = numpy.array([(labels == label).mean() for label in there])
    return Modes(centres, sigma, weights, tuple(names[label] for label in there))


def modes(real: numpy.ndarray, generated: numpy.ndarray, seed: int = 0, *, modes: Modes) -> dict[str, object]:
    """Number of modes that at least one point of high quality lies in, with `"of"` and the names of the `"missing"`."""
    captured, _, _ = _statistics(generated, modes)
    missing = [name for index, name in enumerate(modes.names) if index not in captured]
    return {"value": float(len(captured)), "of": float(len(modes.names)), "missing": missing}


def high_quality(real: numpy.ndarray, generated: numpy.ndarray, seed: int = 0, *, modes: Modes) -> dict[str, float]:
    """Share of the points within 3 sigma of a centre; the data's own share is `"real"` (0.989 for Gaussians)."""
    return {"value": _statistics(generated, modes)[1], "real": _statistics(real, modes)[1]}


def reverse_kl(real: numpy.ndarray, generated: numpy.ndarray, seed: int = 0, *, modes: Modes) -> dict[str, float]:
    """KL divergence of the points' histogram over the modes from the data's; the real points' own is `"real"`."""
    return {"value": _statistics(generated, modes)[2], "real": _statistics(real, modes)[2]}


def sliced_wasserstein(real: numpy.ndarray, generated: numpy.ndarray, seed: int = 0) -> float:
    """Wasserstein distance of order 2 between projections on 128 random directions, their root mean square.

    Args:
        real, generated: `(count, columns)`; quantiles are compared where the counts differ.
        seed: of the directions.

    Reference: Bonneel et al., 2015, DOI 10.1007/s10851-014-0506-3.
    """
    check_sets("sliced-wasserstein", 2, real=real, generated=generated)
    directions = numpy.random.default_rng(seed).standard_normal((real.shape[1], PROJECTIONS))
    directions /= numpy.linalg.norm(directions, axis=0)
    levels = (numpy.arange(max(len(real), len(generated))) + 0.5) / max(len(real), len(generated))
    one, other = (
        numpy.quantile(numpy.asarray(points, numpy.float64) @ directions, levels, axis=0, method="hazen")
        for points in (real, generated)
    )
    return float(numpy.sqrt(((one - other) ** 2).mean()))


def _statistics(points, modes: Modes):
    check_sets("modes", 1, generated=points)
    return mode_statistics(points, modes.centres, modes.sigma, modes.weights)


def modes_of(source) -> Modes:
    """Returns the modes of a `Source` of points: exact ones of ring and grid, else estimated from its labels.

    Raises:
        UsageError: the source has no labels.
    """
    from multigan.modalities.points import synthetic

    exact = {
        "ring": (synthetic.ring_centres, synthetic.RING_SIGMA),
        "grid": (synthetic.grid_centres, synthetic.GRID_SIGMA),
    }
    if not source.classes:
        raise UsageError(
            f"needs to know the modes, and {source.name} has no labels; measure sliced-wasserstein, precision(points) "
            "and recall(points)"
        )
    if source.name in exact and len(source.classes) == len(exact[source.name][0]()):
        centres, sigma = exact[source.name][0](), exact[source.name][1]
        weights = numpy.full(len(centres), 1.0 / len(centres))
        return Modes(centres, sigma, weights, tuple(source.classes), exact=True)
    count = min(ESTIMATED, len(source))
    batch = source.batch(numpy.linspace(0, len(source) - 1, count).astype(numpy.int64))
    return estimate_modes(batch["point"], batch["label"], tuple(source.classes))
