"""Where a column is measured from, so that float32 holds what the data tell apart."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from multigan.data.precision import LARGEST, is_whole

__all__ = ["choose_origin", "from_origin"]

# A column is measured from a place of its own where its values are as far from zero as so many of its half ranges, ...
FAR = 16
# ... and float32 has fewer steps than this in one of its standard deviations, or cannot hold its whole numbers.
STEPS = 4096


def choose_origin(points: np.ndarray) -> tuple[float, ...]:
    """Returns what each column is measured from, `d` round numbers; empty where zero does for all columns.

    Times in seconds since 1970 are an example: float32 holds each 128th of them. Less 1.7 billion it holds them all.

    Args:
        points: finite numbers `(n, d)`.
    """
    if not len(points) or points.dtype.itemsize < 4 or points.dtype == np.float32:
        return ()
    origin = tuple(_origin(points[:, column]) for column in range(points.shape[1]))
    return origin if any(origin) else ()


def from_origin(points: np.ndarray, origin: Sequence[float]) -> np.ndarray:
    """Returns points `(n, d)`, less the origin, as float32."""
    if not origin:
        return points.astype(np.float32)
    if points.dtype.kind in "iu":  # whole numbers of 64 bits are exact only as such
        columns = [points[:, c] - points.dtype.type(start) for c, start in enumerate(origin)]
        return np.stack([column.astype(np.int64) for column in columns], axis=1).astype(np.float32)
    return (points.astype(np.float64) - np.array(origin)).astype(np.float32)


def _origin(values: np.ndarray) -> float:
    low, high = values.min(), values.max()
    reach = max(abs(float(low)), abs(float(high)))
    half = (float(high) - float(low)) / 2
    if reach < FAR * half or reach > LARGEST:
        return 0.0
    held = values.astype(np.float32)
    if np.array_equal(held, values):
        return 0.0
    step, deviation = float(np.spacing(np.float32(reach))), float(values.std(dtype=np.float64))
    if not is_whole(values) and not 0 < deviation < STEPS * step:
        return 0.0
    # Round, and so whole where the values are far apart, so that the difference from it is exact.
    return float(round(float(low) + half, -math.floor(math.log10(half)) if half else 0))
