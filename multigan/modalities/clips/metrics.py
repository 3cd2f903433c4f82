"""Metrics of clips that are read off how much they move."""

import numpy

from multigan.errors import UsageError
from multigan.metrics.checks import check_sets
from multigan.metrics.paired import mean_of
from multigan.modalities.clips.motion import frozen_below

__all__ = ["CLIP_L1", "motion", "motion_distance"]

QUANTILES = 512

# Mean absolute difference of each clip from the right answer; a stream, see `multigan.metrics.paired`.
CLIP_L1 = mean_of(lambda wanted, made: abs(wanted - made).mean(axis=(1, 2, 3, 4)))


def motion(real: numpy.ndarray, generated: numpy.ndarray, seed: int = 0) -> dict[str, float]:
    """Mean motion energy of the generated clips as a ratio to the real ones'.

    Args:
        real, generated: features of the extractor `motion`, `(count, 1)`.
        seed: unused; nothing is drawn.

    Returns:
        `"value"`; `"generated"` and `"real"`, the energies themselves; and the share of `"frozen"` generated clips,
        which move less than a fifth of the real ones' median.

    Raises:
        UsageError: the real clips stand still.
    """
    own, made = _energies("motion", real, generated)
    expected, found = float(own.mean()), float(made.mean())
    frozen = float((made < frozen_below(own)).mean())
    return {"value": found / expected, "generated": found, "real": expected, "frozen": frozen}


def motion_distance(real: numpy.ndarray, generated: numpy.ndarray, seed: int = 0) -> float:
    """Distance between how much generated and real clips move, as a share of how much real ones do.

    It is the Wasserstein distance of order 1 between the motion energies: 0 where as many clips move as much, 1 where
    all generated ones are frozen.

    Args:
        real, generated: as of `motion`.
        seed: unused.

    Raises:
        UsageError: the real clips stand still.
    """
    own, made = _energies("motion-distance", real, generated)
    at = (numpy.arange(QUANTILES) + 0.5) / QUANTILES
    return float(abs(numpy.quantile(own, at) - numpy.quantile(made, at)).mean() / own.mean())


def _energies(metric, real, generated):
    check_sets(metric, 1, real=real, generated=generated)
    own, made = (part[:, 0].astype(numpy.float64) for part in (real, generated))
    if not own.mean() > 0:
        raise UsageError(f"{metric}: nothing moves in the real clips, so there is nothing to compare with")
    return own, made
