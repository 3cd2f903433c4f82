"""The space that sounds are compared in while a run trains."""

from collections.abc import Callable

import numpy as np

from multigan.health.nearness import spread

__all__ = ["sound_space"]

RANGE = 30.0  # dB
LOUDEST_OF = 256  # sounds


def sound_space(data: np.ndarray, sample_rate: int) -> Callable[[np.ndarray], np.ndarray]:
    """Returns a function from sounds `(count, length, channels)` to float32 `(count, width)`: log-mel statistics
    (`multigan.modalities.audio.extractors.log_mel`), for equal sounds may have waveforms far apart.

    Each sound is put about zero and brought to a peak of 1, for a loud and a quiet one are no two kinds. What lies 30
    dB below the loudest moment of a usual sound is not seen: the noise behind a generator's sounds, which it loses
    last, would hide all that they differ in.
    """
    from multigan.modalities.audio.extractors.log_mel import statistics
    from multigan.modalities.audio.mel import FLOOR, log_mel

    some = _loud(data[spread(len(data), LOUDEST_OF)])
    floor = max(FLOOR, float(np.median(log_mel(some, sample_rate).max(axis=(1, 2)))) - RANGE)
    return lambda sounds: statistics(_loud(sounds), sample_rate, floor)


def _loud(sounds):
    centred = np.asarray(sounds, np.float32)
    centred = centred - centred.mean(axis=1, keepdims=True)
    peaks = abs(centred).max(axis=(1, 2), keepdims=True)
    return centred / np.where(peaks > 0, peaks, 1)
