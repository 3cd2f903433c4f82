"""Labels and conditions that come as an array, checked against what they belong to."""

from __future__ import annotations

import numpy as np

from multigan.errors import DataError

__all__ = ["check_conditions", "check_labels"]

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
        if len(names) > MOST_CLASSES:
            raise DataError(f"{title}: {len(names):,} different labels; at most {MOST_CLASSES:,} are read as classes")
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


def check_conditions(conditions: np.ndarray | None, count: int | None, title: str) -> np.ndarray | None:
    """Returns conditions as float32 `(count, length)`.

    Args:
        conditions: numbers `(count, length)` or `(count,)`; or None.
        count: how many samples there are; None for any number.
        title: of the place, for messages.

    Raises:
        DataError: another shape or length, not numbers, or not finite; the message names the first wrong row.
    """
    if conditions is None:
        return None
    conditions = np.asarray(conditions)
    if conditions.ndim == 1:
        conditions = conditions[:, None]
    if conditions.ndim != 2 or conditions.shape[1] == 0:
        raise DataError(f"{title}: conditions of shape {conditions.shape}; give a vector a sample, shape (count, k)")
    if count is not None and len(conditions) != count:
        raise DataError(f"{title}: {len(conditions):,} conditions for {count:,} samples; give one vector a sample")
    if conditions.dtype.kind not in "biuf":
        raise DataError(f"{title}: conditions of type {conditions.dtype}; give numbers")
    with np.errstate(over="ignore"):
        conditions = conditions.astype(np.float32)
    bad = np.flatnonzero(~np.isfinite(conditions).all(axis=1))
    if len(bad):
        raise DataError(
            f"{title}: {len(bad):,} of {len(conditions):,} conditions are not finite, first that of sample {bad[0]}; "
            "mend them, or leave these samples out"
        )
    return conditions
