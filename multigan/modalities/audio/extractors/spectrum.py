"""What a sound's spectrum is like, in three numbers: flatness, share of high frequencies, and mean square."""

import numpy

from multigan.modalities.audio.mel import power_spectra

__all__ = ["Spectrum", "load", "shape_of"]

BLOCK = 32
SMALLEST = 1e-20  # power; below what float32 spectra resolve


class Spectrum:
    """Computes the three numbers of each sound."""

    def __init__(self, sample_rate: int):
        self._rate = sample_rate
        self.facts = {"version": 1, "sample_rate": sample_rate}

    def __call__(self, samples):
        """Returns float32 `(count, 3)`."""
        parts = [shape_of(samples[start : start + BLOCK], self._rate) for start in range(0, len(samples), BLOCK)]
        return numpy.concatenate(parts)


def shape_of(sounds: numpy.ndarray, sample_rate: int) -> numpy.ndarray:
    """Returns float32 `(count, 3)`: flatness, share of energy above a quarter of the sample rate, mean square.

    Flatness is the geometric over the arithmetic mean of a frame's power spectrum, its mean over frames weighted by
    their power, so that silence does not count: 1 for an impulse, exp(-0.5772) = 0.561 for white noise (the powers of
    its spectrum are exponentially distributed), 0 for a sine. Of channels the mean is told. Silence has two zeros.

    Args:
        sounds: `(count, length, channels)` in [-1, 1].
        sample_rate: in Hz.
    """
    sounds = numpy.asarray(sounds, numpy.float32)
    flatness, high, total = (numpy.zeros(len(sounds)) for _ in range(3))
    for channel in range(sounds.shape[2]):
        power = power_spectra(sounds[:, :, channel : channel + 1], sample_rate)[..., 1:-1].astype(numpy.float64)
        energy = power.sum(axis=2)
        logarithms = numpy.log(numpy.maximum(power, SMALLEST)).mean(axis=2)
        ratio = numpy.exp(logarithms) / numpy.maximum(power.mean(axis=2), SMALLEST)
        flatness += (ratio * energy).sum(axis=1)
        high += power[..., power.shape[2] // 2 :].sum(axis=(1, 2))
        total += energy.sum(axis=1)
    there = numpy.maximum(total, SMALLEST)
    return numpy.stack([flatness / there, high / there, (sounds**2).mean(axis=(1, 2))], axis=1).astype(numpy.float32)


def load(material):
    """Needs nothing but the data's sample rate."""
    return Spectrum(material.reference.sample_rate)
