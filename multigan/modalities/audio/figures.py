"""What is measured on sounds while a run trains: how diverse they are, what of the data is among them, and what is
wrong with single ones, in four figures: silence, clipping, an offset, and one steady tone.

Each of the four is what samples have beyond what the data have themselves: 0 is as the data, and sines are no illness
where the data are sines.
"""

import numpy as np

from multigan.health.classes import Classes, Neighbours
from multigan.health.gauge import Measurement, unfit
from multigan.health.nearness import Nearness, spread
from multigan.health.reference import Reference
from multigan.metrics.diversity import diversity
from multigan.modalities.audio.mel import power_spectra
from multigan.modalities.audio.space import sound_space
from multigan.recipe import DataInfo

__all__ = ["SOUNDS", "SoundFigures", "SoundGauge"]

SOUNDS = 128  # a WaveGAN of 16,384 samples makes so many in half a second
DATA = 1000  # that the space, recall and classes are computed from
SILENT = 0.01  # of the data's median loudness: 40 dB below it
FULL = 0.999  # from here on a value is clipped
NARROW = 2  # bins of a Hann window on each side of a peak; 99.9 % of a sine lies within
PEAK = 0.7  # of a sound's energy in one peak, which is then one tone
STEADY = 0.25  # of the loudest frame's power in that peak: 6 dB; quieter frames are a decay
HELD = 0.9  # of the frames that have that
BLOCK = 32


class SoundGauge:
    """Measures sounds against a reference, by the statistics of their log-mel spectrograms.

    Args:
        reference: sounds of the data `(n, length, channels)` in [-1, 1], with labels where they have some.
        data: what is known of the data, their `sample_rate` in Hz.

    Attributes:
        count: how many samples it wants.
    """

    count = SOUNDS

    def __init__(self, reference: Reference, data: DataInfo):
        chosen = spread(len(reference.samples), DATA)
        sounds = reference.samples[chosen]
        self._figures = SoundFigures(sounds, data.sample_rate)
        self._space = sound_space(sounds, data.sample_rate)
        self._features = self._space(sounds)
        self._nearness = Nearness(self._features, self.count)
        self._neighbours = Neighbours(self._features, Classes.of(reference, data.classes, chosen))

    def measure(self, samples: np.ndarray) -> Measurement:
        """Measures sounds `(count, length, channels)`."""
        if told := unfit(samples):
            return told
        features = self._space(samples)
        # Of the features, whose distances are the sounds', where waveforms' are their phases'.
        figures = {"diversity": diversity(features, self._features)} | self._figures.measure(samples)
        figures |= self._nearness.recall(features) | self._nearness.nearest(features)
        return self._neighbours.measurement(figures, features)


class SoundFigures:
    """Measures sounds against the data's own.

    Args:
        data: sounds `(count, length, channels)` in [-1, 1].
        sample_rate: in Hz.
    """

    def __init__(self, data: np.ndarray, sample_rate: int):
        self._rate = sample_rate
        loudness = _loudness(data)
        self._limit = max(SILENT * float(np.median(loudness)), 1e-8)
        self._unit = max(float(loudness.mean()), 1e-8)
        self._own = self._measure(data)

    def measure(self, sounds: np.ndarray) -> dict[str, float]:
        """Returns the figures of sounds `(count, length, channels)`, none below 0:

        - `silent`: share of sounds whose root mean square is 40 dB below the data's median;
        - `clipped`: share of values at -1 or 1;
        - `dc_offset`: mean size of a sound's mean, over the data's mean root mean square;
        - `tonal`: share of sounds that are one steady tone.
        """
        return {name: round(max(0.0, value - self._own[name]), 4) for name, value in self._measure(sounds).items()}

    def _measure(self, sounds):
        tones = [_tones(sounds[at : at + BLOCK], self._rate, self._limit) for at in range(0, len(sounds), BLOCK)]
        return {
            "silent": float((_loudness(sounds) < self._limit).mean()),
            "clipped": float((abs(sounds) >= FULL).mean()),
            "dc_offset": float(abs(sounds.mean(axis=1, dtype=np.float64)).mean()) / self._unit,
            "tonal": float(np.concatenate(tones).mean()),
        }


def _loudness(sounds):
    return np.sqrt(np.square(sounds, dtype=np.float32).mean(axis=(1, 2), dtype=np.float64))


def _tones(sounds: np.ndarray, sample_rate: int, limit: float) -> np.ndarray:
    """Which sounds hold most of their energy in one narrow peak from beginning to end, bool `(count,)`."""
    sounds = np.asarray(sounds, np.float32)
    # An offset is no tone, and silence neither. Frames at the ends are half outside the sound.
    power = power_spectra(sounds - sounds.mean(axis=1, keepdims=True), sample_rate)[:, 2:-2]
    if not power.shape[1]:
        return np.zeros(len(sounds), bool)
    whole = power.sum(axis=1)
    peak = np.clip(whole.argmax(axis=1), NARROW, whole.shape[1] - 1 - NARROW)
    bins = peak[:, None] + np.arange(-NARROW, NARROW + 1)
    near = np.take_along_axis(power, bins[:, None], axis=2).sum(axis=2)
    total = whole.sum(axis=1)
    held = (near >= STEADY * near.max(axis=1, keepdims=True)).mean(axis=1)
    return (near.sum(axis=1) >= PEAK * total) & (held >= HELD) & (_loudness(sounds) >= limit) & (total > 0)
