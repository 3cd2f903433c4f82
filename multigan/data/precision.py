"""What float32 cannot hold of the numbers that were read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from multigan.data.wording import figure

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


def lost_notes(exact: np.ndarray, held: np.ndarray, names: Sequence[str], origin: Sequence[float] = ()) -> list[str]:
    """Returns notes on columns whose different values float32 does not tell apart, or whose whole numbers it rounds.

    Args:
        exact: numbers `(n, d)`, as they were read.
        held: the same as float32, or less an origin.
        names: what the columns are called.
        origin: what each of them is measured from; empty for zero.
    """
    if not len(exact) or exact.dtype.itemsize < 4 or exact.dtype == np.float32:
        return []
    notes = []
    for column in range(min(exact.shape[1], LOOKED_AT)):
        start = origin[column] if origin else 0.0
        notes += _lost(exact[:, column], held[:, column], names[column], start)
    more = [f"and so have {len(notes) - NAMED:,} more columns"] if len(notes) > NAMED else []
    return notes[:NAMED] + more


def is_whole(values: np.ndarray) -> bool:
    """Says whether all values are whole numbers, of at most 64 bits: larger ones are measured, not counted."""
    return values.dtype.kind in "iu" or bool(((values == np.trunc(values)) & (np.abs(values) < 2.0**64)).all())


def _lost(exact: np.ndarray, held: np.ndarray, name: str, start: float) -> list[str]:
    if np.array_equal(exact, held):
        return []
    whole, reach, notes = is_whole(exact), float(np.abs(exact).max()), []
    if whole and exact.dtype.kind == "f" and reach >= EXACT:
        notes.append(
            f"{name} has whole numbers up to {figure(reach)}, and 16 digits are read; subtract a start from it first"
        )
    different, left = len(np.unique(exact)), len(np.unique(held))
    if left < different * (1.0 if whole else MOSTLY):
        mend = "multiply it by a power of ten first" if reach < SMALLEST else "subtract a start from it first"
        kept = f"{different:,} different values, {left:,} as read"
        return [*notes, f"{name} has {kept}: float32 keeps 7 digits; {mend}, if that matters"]
    off = float(np.abs(held.astype(np.float64) + start - exact).max())
    if whole and off:
        notes.append(
            f"{name} has whole numbers up to {figure(reach)}, rounded by up to {figure(off)}: float32 keeps 7 digits"
        )
    return notes
