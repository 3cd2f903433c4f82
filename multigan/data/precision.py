"""What float32 cannot hold of the numbers that were read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["LARGEST", "is_whole", "lost_notes"]

# The largest number that float32 holds; below the smallest one it holds fewer digits.
LARGEST = float(np.finfo(np.float32).max)
SMALLEST = float(np.finfo(np.float32).tiny) * 2**23
# Whole numbers up to here are exact in float64.
EXACT = 2.0**53
# How many columns are named, and how many are looked at.
NAMED = 3
LOOKED_AT = 1000
# Of numbers with many digits a few coincide; a smaller share of different ones than this is noted.
MOSTLY = 0.9


def lost_notes(exact: np.ndarray, held: np.ndarray, names: Sequence[str]) -> list[str]:
    """Returns notes on columns whose different values float32 does not tell apart.

    Args:
        exact: numbers `(n, d)`, as they were read.
        held: the same as float32, or less an origin.
        names: what the columns are called.
    """
    if not len(exact) or exact.dtype.itemsize < 4 or exact.dtype == np.float32:
        return []
    notes = []
    for column in range(min(exact.shape[1], LOOKED_AT)):
        before, after = exact[:, column], held[:, column]
        if exact.dtype.kind == "f" and (reach := float(np.abs(before).max())) >= EXACT and is_whole(before):
            notes.append(
                f"{names[column]} has whole numbers up to {reach:.3g}, of which 16 digits are read; subtract a "
                "start from them first"
            )
        if np.array_equal(before, after):
            continue
        different, left = len(np.unique(before)), len(np.unique(after))
        if left < different * (1.0 if is_whole(before) else MOSTLY):
            small = float(np.abs(before).max()) < SMALLEST
            mend = "multiply it by a power of ten first" if small else "subtract a start from it first, if that matters"
            notes.append(
                f"{names[column]} has {different:,} different values, {left:,} as read: float32 keeps 7 digits; {mend}"
            )
    more = [f"and so have {len(notes) - NAMED:,} more columns"] if len(notes) > NAMED else []
    return notes[:NAMED] + more


def is_whole(values: np.ndarray) -> bool:
    """Says whether all values are whole numbers."""
    return values.dtype.kind in "iu" or bool((values == np.trunc(values)).all())
