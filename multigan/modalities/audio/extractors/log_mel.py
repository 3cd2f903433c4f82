"""Fixed statistics of a sound's log-mel spectrogram: nothing is trained, so that values of two data sets compare.

80 numbers, few enough for the covariance of a few hundred sounds:

- 32: the mean power over time of each pair of neighbouring bands, in dB: the spectrum. Not the mean of dB, which the
  silence after a short sound would fill;
- 32: the standard deviation over time of each pair's dB: what decays or moves, and what stands;
- 16: the level of each sixteenth of the sound, in dB: the envelope.

All are cut off at a floor of -60 dB, below which the noise of a recording or of a network is hardly heard behind the
sound. One unit is 20 dB and a level's zero lies 30 dB above the floor: silence is -1.5, a full-scale sine about 1.5. Of
drums most features then have deviations of 1/4 to 1, which suits the kernel distance, whose kernel has a scale of its
own.
"""

import numpy

from multigan.modalities.audio.mel import log_mel

__all__ = ["LogMel", "load", "statistics"]

PARTS = 16  # of the envelope
FLOOR, UNIT, ZERO = -60.0, 20.0, 30.0  # dB; the zero is above the floor


class LogMel:
    """Computes the statistics; `facts` are those of the spectrogram."""

    def __init__(self, sample_rate: int):
        self._rate = sample_rate
        self.facts = {"version": 1, "sample_rate": sample_rate, "floor": FLOOR}

    def __call__(self, samples):
        """Returns float32 `(count, 80)`."""
        return statistics(samples, self._rate)


def statistics(sounds: numpy.ndarray, sample_rate: int, floor: float = FLOOR) -> numpy.ndarray:
    """Returns the statistics of sounds, float32 `(count, 80)`.

    Args:
        sounds: `(count, length, channels)` in [-1, 1].
        sample_rate: in Hz.
        floor: in dB.
    """

    def level(power):
        # A full-scale sine has a mean square of 1/2, and is 0 dB in the envelope as it is in the spectrogram.
        return (10 * numpy.log10(numpy.maximum(power, 10 ** (floor / 10))) - floor - ZERO) / UNIT

    mel = log_mel(sounds, sample_rate)
    pairs = mel.reshape(*mel.shape[:2], -1, 2)
    spectrum = (10 ** (pairs / 10)).mean(axis=(1, 3))
    moving = numpy.maximum(pairs.mean(axis=3), floor).std(axis=1) / UNIT
    parts = numpy.array_split(numpy.asarray(sounds, numpy.float32), PARTS, axis=1)
    powers = numpy.stack([2 * (part**2).mean(axis=(1, 2)) for part in parts], axis=1)
    return numpy.concatenate([level(spectrum), moving, level(powers)], axis=1).astype(numpy.float32)


def load(material):
    """Needs nothing but the data's sample rate."""
    return LogMel(material.reference.sample_rate)
