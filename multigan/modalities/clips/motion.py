"""How much clips move."""

import numpy

__all__ = ["frozen_below", "motion_energy"]

# A clip that moves less than this share of the data's median is frozen.
FROZEN = 0.2


def motion_energy(clips: numpy.ndarray) -> numpy.ndarray:
    """Returns the mean absolute difference between consecutive frames of each clip, float64 `(count,)`.

    Args:
        clips: `(count, frames, height, width, channels)`.
    """
    clips = numpy.asarray(clips, numpy.float32)
    return numpy.array([abs(numpy.diff(clip, axis=0)).mean(dtype=numpy.float64) for clip in clips])


def frozen_below(energies: numpy.ndarray) -> float:
    """Returns below which energy a clip is frozen, held against the data's energies `(count,)`."""
    return FROZEN * float(numpy.median(energies))
