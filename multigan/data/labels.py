"""Labels that come as an array, checked against what they label."""

from __future__ import annotations

import numpy as np

from multigan.errors import DataError

__all__ = ["check_labels"]

MOST_CLASSES = 65_536


def check_labels(
    labels: np.ndarray | None, count: int, classes: tuple[str, ...], title: str
) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Returns labels as int32 `(count,)` and the names of the classes.

    Args:
        labels: whole numbers from 0, or strings, one a sample; or None.
        count: how many samples there are.
        classes: the names, when they are known.
        title: of the place, for messages.

    Raises:
        DataError: another length, not whole numbers, or out of range; the message names the first wrong one.
    """
    if labels is None:
        return None, ()
    labels = np.asarray(labels)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        raise DataError(f"{title}: labels of shape {labels.shape}; give one whole number a sample, shape ({count},)")
    if len(labels) != count:
        raise DataError(f"{title}: {len(labels):,} labels for {count:,} samples; give one label a sample")
    if labels.dtype.kind in "US" and not classes:
        names, labels = np.unique(labels, return_inverse=True)
        return labels.astype(np.int32), tuple(map(str, names))
    if labels.dtype.kind not in "biuf" or not np.array_equal(labels, np.trunc(labels)):
        raise DataError(f"{title}: labels of type {labels.dtype} that are not whole numbers")
    limit = len(classes) or MOST_CLASSES
    outside = np.flatnonzero((labels < 0) | (labels >= limit))
    if len(outside):
        raise DataError(
            f"{title}: {len(outside):,} of {count:,} labels are out of range, first label {labels[outside[0]]:.0f} "
            f"of sample {outside[0]}; labels are 0 to {limit - 1:,}"
        )
    labels = labels.astype(np.int32)
    return labels, classes or tuple(map(str, range(labels.max(initial=-1) + 1)))
