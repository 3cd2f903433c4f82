"""A sound's pitch, by the method of YIN.

Reference: de Cheveigne and Kawahara, 2002, DOI 10.1121/1.1458024, steps 1 to 5 (difference, cumulative mean, absolute
threshold, parabola), in frames of 64 ms; computed here, since librosa's tells no frame apart that has no pitch.
"""

import numpy

__all__ = ["HIGHEST", "LOWEST", "Pitch", "load", "pitches"]

LOWEST, HIGHEST = 40.0, 4000.0  # Hz
SECONDS = 0.064  # of a frame; the lowest pitch has two and a half periods in it
THRESHOLD = 0.1  # below it a frame has a pitch
QUIET = 1e-3  # of a sound's loudest frame; quieter frames are not looked at
BLOCK = 32


class Pitch:
    """Finds each sound's pitch."""

    def __init__(self, sample_rate: int):
        self._rate = sample_rate
        self.facts = {"version": 1, "sample_rate": sample_rate, "lowest": LOWEST, "highest": HIGHEST}

    def __call__(self, samples):
        """Returns float32 `(count, 2)`: the pitch in Hz (0 without one), and the share of frames that have one."""
        parts = [pitches(samples[start : start + BLOCK], self._rate) for start in range(0, len(samples), BLOCK)]
        return numpy.concatenate(parts)


def pitches(sounds: numpy.ndarray, sample_rate: int) -> numpy.ndarray:
    """Returns float32 `(count, 2)`: the median pitch in Hz over the frames that have one (0 where none has), and the
    share of the frames that are not quiet which have one.

    Args:
        sounds: `(count, length, channels)`; the channels' mean is looked at.
        sample_rate: in Hz.
    """
    from scipy.fft import irfft, next_fast_len, rfft

    mono = numpy.asarray(sounds, numpy.float32).mean(axis=2)
    window = min(round(SECONDS * sample_rate), mono.shape[1])
    half, hop = window // 2, max(1, window // 2)
    frames = numpy.lib.stride_tricks.sliding_window_view(mono, window, axis=1)[:, ::hop]
    frames = (frames - frames.mean(axis=2, keepdims=True)).astype(numpy.float64)
    # The difference of the frame's first half and what lies a lag later: two energies less twice their correlation.
    size = next_fast_len(window + half)
    correlation = irfft(rfft(frames, size) * rfft(frames[..., :half], size).conj(), size)[..., :half]
    energy = numpy.pad((frames**2).cumsum(axis=2), ((0, 0), (0, 0), (1, 0)))
    later = energy[..., half : 2 * half] - energy[..., :half]
    difference = numpy.maximum(later[..., :1] + later - 2 * correlation, 0.0)
    lags = numpy.arange(half)
    mean = difference.cumsum(axis=2) / numpy.maximum(lags, 1)
    normal = difference / numpy.maximum(mean, 1e-12)
    found = _periods(normal, sample_rate)
    loud = later[..., 0] > numpy.maximum(QUIET * later[..., 0].max(axis=1, keepdims=True), 1e-10)
    result = numpy.zeros((len(mono), 2), numpy.float32)
    for index, (row, there) in enumerate(zip(found, loud, strict=True)):
        voiced = row[there & (row > 0)]
        if len(voiced):
            result[index] = sample_rate / numpy.median(voiced), len(voiced) / there.sum()
    return result


def _periods(normal: numpy.ndarray, sample_rate: int) -> numpy.ndarray:
    """The period in samples, from the first minimum below the threshold; 0 where there is none."""
    shortest = max(2, int(sample_rate / HIGHEST))
    longest = min(normal.shape[2] - 2, int(sample_rate / LOWEST) + 1)
    middle = normal[..., shortest:longest]
    low = (middle < THRESHOLD) & (middle <= normal[..., shortest + 1 : longest + 1])
    lag, count = _bottom(normal, low.argmax(axis=2) + shortest), 1
    period = numpy.where(low.any(axis=2), lag, 0.0)
    # The minimum of several periods lies as exactly between samples as that of one: the error is shared among them.
    while (2 * lag[period > 0] < longest - 1).any():
        lag, count = numpy.minimum(2 * lag, longest - 1.0), 2 * count
        rounded = numpy.rint(lag).astype(int)
        there = numpy.take_along_axis(normal, rounded[..., None], axis=2)[..., 0] < 2 * THRESHOLD
        lag = _bottom(normal, rounded)
        better = (period > 0) & there & (abs(lag / count - period) < 1.0 / count)
        period = numpy.where(better, lag / count, period)
    return period


def _bottom(normal: numpy.ndarray, lag: numpy.ndarray) -> numpy.ndarray:
    """Where the parabola through a lag and its neighbours is lowest."""
    before, here, after = (numpy.take_along_axis(normal, lag[..., None] + step, axis=2)[..., 0] for step in (-1, 0, 1))
    curve = before - 2 * here + after
    offset = numpy.where(curve > 0, (before - after) / (2 * numpy.where(curve > 0, curve, 1)), 0)
    return lag + numpy.clip(offset, -1, 1)


def load(material):
    """Needs nothing but the data's sample rate."""
    return Pitch(material.reference.sample_rate)
