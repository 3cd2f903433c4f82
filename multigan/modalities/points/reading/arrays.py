"""Points that come as one array."""

from __future__ import annotations

import numpy as np

from multigan.data.arrays import Keys
from multigan.data.wording import counted
from multigan.errors import DataError

__all__ = ["POINT_KEYS", "check_points"]

POINT_KEYS = Keys(
    what="points",
    samples=("points", "point", "x_train", "train_x", "x", "data", "samples", "arr_0"),
    labels=("labels", "y_train", "train_labels", "train_y", "y", "targets", "target", "label", "arr_1"),
    dimensions=(2, 2),
)


def check_points(points: np.ndarray, title: str) -> np.ndarray:
    """Returns points as numbers `(n, d)` of the type that they have.

    Raises:
        DataError: another shape or type, no points, or fewer than two columns.
    """
    points = np.asarray(points)
    if points.ndim != 2:
        raise DataError(f"{title}: an array of shape {points.shape}; points are (n, d), one row each; reshape it")
    if len(points) == 0:
        raise DataError(f"{title}: no points in it, an array of shape {points.shape}")
    if points.shape[1] < 2:
        raise DataError(f"{title}: points of {counted(points.shape[1], 'column')}; give two columns or more")
    if points.dtype.kind not in "biuf":
        raise DataError(f"{title}: points of type {points.dtype}; give numbers")
    return points
