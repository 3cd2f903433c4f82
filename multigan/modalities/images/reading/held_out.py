"""Which images training does not see: chosen by their names, so that further images change nothing for the others."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable

import numpy as np

__all__ = ["held_out"]


def held_out(names: Iterable[str], share: float) -> np.ndarray:
    """Returns which images are held out, bool `(count,)`: about this share, at least one, and never all.

    Args:
        names: of the images, relative to their place; a suffix does not count, so that partners are held out together.
        share: from 0 to 1; 0 holds none out.
    """
    hashes = np.fromiter(map(_hash, names), np.float64)
    if share == 0 or len(hashes) < 2:
        return np.zeros(len(hashes), bool)
    chosen = hashes < share
    chosen[np.argmin(hashes)] = True
    if chosen.all():
        chosen[np.argmax(hashes)] = False
    return chosen


def _hash(name: str) -> float:
    """A number from 0 to 1 that a name has, whatever its suffix."""
    stem = os.path.splitext(name)[0].encode("utf-8", "backslashreplace")
    return int.from_bytes(hashlib.sha256(stem).digest()[:8]) / 2**64
