"""How loud each sound is made: the option `normalise`."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from multigan.modalities.audio.reading.libraries import library

__all__ = ["TARGET", "find_gain", "join_loudness", "loudness"]

# LUFS: low enough that the peaks of most material stay below full scale.
TARGET = -20.0
# Seconds over which ITU-R BS.1770 measures, and by how many dB it leaves out what is below the mean.
_GATE_SECONDS = 0.4
_GATE = 10.0


def loudness(sound: np.ndarray, rate: int) -> float:
    """Returns the integrated loudness of a sound `(n, channels)` in LUFS; -inf where all of it is below -70.

    A sound of less than 0.4 seconds is measured over its own length.

    Reference: ITU-R BS.1770-4, as pyloudnorm implements it.
    """
    # A hair less than the sound's length: rounding must not make the block the longer of the two.
    block = min(_GATE_SECONDS, len(sound) / rate * (1 - 1e-9))
    meter = library("pyloudnorm").Meter(rate, block_size=block)
    return float(meter.integrated_loudness(sound.astype(np.float64)))


def join_loudness(pieces: Sequence[tuple[float, int]]) -> float:
    """Returns the loudness of a long recording from (loudness, length) of its pieces, quiet pieces left out."""
    powers = np.array([10 ** (value / 10) for value, _ in pieces])
    lengths = np.array([length for _, length in pieces], np.float64)
    if not powers.any():
        return -math.inf
    kept = powers > np.average(powers, weights=lengths) * 10 ** (-_GATE / 10)
    return float(10 * np.log10(np.average(powers[kept], weights=lengths[kept])))


def find_gain(how: str, peak: float, level: float = -math.inf) -> float:
    """Returns the factor that a sound is multiplied by.

    Args:
        how: the option `normalise`: none, peak or loudness.
        peak: largest absolute value, above 0.
        level: loudness in LUFS; not finite for a sound too quiet to be measured, which gets its peak normalised.
    """
    if how == "none":
        return 1.0
    if how == "peak" or not math.isfinite(level):
        return 1.0 / peak
    return min(10 ** ((TARGET - level) / 20), 1.0 / peak)
