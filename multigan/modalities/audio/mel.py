"""Log-mel spectrograms: what sounds are compared by, as the ear resolves frequency and loudness.

Parameters, the same for every sound of a rate:

- window: Hann, the power of two nearest to 46 ms (512 samples at 8 kHz, 1,024 at 16 and 22.05 kHz, 2,048 at 44.1 and
  48 kHz); hop: a quarter of it; a sound stands in silence, so that there are `1 + length // hop` frames.
- bands: 64 triangles with a peak of 1 on Slaney's mel scale from 0 Hz to half the sample rate; librosa's
  `filters.mel(norm=None)`, computed here, since importing librosa takes seconds.
- unit: dB of power; 0 is a full-scale sine in the middle of a band; nothing is below the floor of -80 dB.
- channels: their powers' mean, so that what is out of phase does not cancel.
"""

import functools
import math

import numpy

__all__ = ["BANDS", "FLOOR", "hop_of", "log_mel", "mel_filters", "power_spectra", "window_of"]

BANDS = 64
FLOOR = -80.0  # dB
WINDOW_SECONDS = 0.046
BLOCK = 32  # sounds that are transformed at a time: 35 MB of spectra at 16,384 samples


def log_mel(sounds: numpy.ndarray, sample_rate: int) -> numpy.ndarray:
    """Returns the log-mel spectrograms of sounds, float32 `(count, frames, 64)` in dB from -80.

    Args:
        sounds: `(count, length, channels)` in [-1, 1].
        sample_rate: in Hz.

    Raises:
        ValueError: another shape, or a sample rate that is not above zero.
    """
    filters = mel_filters(sample_rate, window_of(sample_rate)).T
    sounds = _checked(sounds)
    frames = 1 + sounds.shape[1] // hop_of(sample_rate)
    bands = numpy.empty((len(sounds), frames, BANDS), numpy.float32)
    for start in range(0, len(sounds), BLOCK):
        bands[start : start + BLOCK] = power_spectra(sounds[start : start + BLOCK], sample_rate) @ filters
    numpy.maximum(bands, numpy.float32(10 ** (FLOOR / 10)), out=bands)
    numpy.log10(bands, out=bands)
    bands *= 10
    return bands


def power_spectra(sounds: numpy.ndarray, sample_rate: int) -> numpy.ndarray:
    """Returns power by frame and frequency, float32 `(count, frames, 1 + window / 2)`; 1 is a full-scale sine.

    Arguments and errors are those of `log_mel`; all sounds are transformed at once.
    """
    from scipy.fft import rfft

    sounds = _checked(sounds)
    window, hop = window_of(sample_rate), hop_of(sample_rate)
    taper = _taper(window)
    padded = numpy.pad(sounds, ((0, 0), (window // 2, window // 2), (0, 0)))
    frames = numpy.lib.stride_tricks.sliding_window_view(padded, window, axis=1)[:, ::hop]
    power = 0.0
    for channel in range(sounds.shape[2]):
        spectra = rfft(frames[:, :, channel] * taper)
        power = power + spectra.real**2 + spectra.imag**2
    return power / numpy.float32(sounds.shape[2])


def window_of(sample_rate: int) -> int:
    """The length of a frame, in samples."""
    if not sample_rate > 0:
        raise ValueError(f"sample rate {sample_rate}: must be above zero")
    return max(64, 2 ** round(math.log2(WINDOW_SECONDS * sample_rate)))


def hop_of(sample_rate: int) -> int:
    """How many samples one frame begins after another."""
    return window_of(sample_rate) // 4


@functools.cache
def mel_filters(sample_rate: int, window: int) -> numpy.ndarray:
    """Returns the weight of each frequency in each band, float32 `(64, 1 + window / 2)`: triangles of height 1."""
    edges = _hertz(numpy.linspace(0.0, _mel(sample_rate / 2), BANDS + 2))
    widths = numpy.diff(edges)
    slopes = edges[:, None] - numpy.linspace(0.0, sample_rate / 2, 1 + window // 2)
    rising, falling = -slopes[:-2] / widths[:-1, None], slopes[2:] / widths[1:, None]
    return numpy.maximum(0.0, numpy.minimum(rising, falling)).astype(numpy.float32)


# Slaney's scale: 15 mel are 1,000 Hz, linear below, logarithmic above with 27 mel to a factor of 6.4.
_LINEAR, _BREAK, _STEP = 200 / 3, 1000.0, math.log(6.4) / 27


def _mel(hertz: float) -> float:
    return hertz / _LINEAR if hertz < _BREAK else _BREAK / _LINEAR + math.log(hertz / _BREAK) / _STEP


def _hertz(mel: numpy.ndarray) -> numpy.ndarray:
    above = _BREAK * numpy.exp(_STEP * (numpy.maximum(mel, _BREAK / _LINEAR) - _BREAK / _LINEAR))
    return numpy.where(mel < _BREAK / _LINEAR, mel * _LINEAR, above)


@functools.cache
def _taper(window: int) -> numpy.ndarray:
    """A periodic Hann window, scaled so that a sine of amplitude 1 has power 1 in its own bin."""
    hann = 0.5 - 0.5 * numpy.cos(2 * numpy.pi * numpy.arange(window) / window)
    return (hann * (2 / hann.sum())).astype(numpy.float32)


def _checked(sounds: numpy.ndarray) -> numpy.ndarray:
    sounds = numpy.asarray(sounds, numpy.float32)
    if sounds.ndim != 3 or not sounds.shape[2]:
        raise ValueError(f"sounds of shape {sounds.shape}: expected (count, length, channels)")
    return sounds
