"""One sample rate and one number of channels for all sounds, whether a sound is read whole, in blocks or by windows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from multigan.modalities.audio.reading.decode import Recording
from multigan.modalities.audio.reading.libraries import library

__all__ = ["Form"]

QUALITY = "HQ"
# Samples, at the lower of the two rates, that soxr's filter looks ahead and back: with these beside it a window is
# what the whole would be, to 1e-6.
MARGIN = 160


@dataclass(frozen=True)
class Form:
    """What every sound is brought to.

    Args:
        rate: in Hz.
        channels: 1 or 2.
    """

    rate: int
    channels: int

    def whole(self, samples: np.ndarray, rate: int) -> np.ndarray:
        """Returns a whole sound `(n, c)` at `rate` Hz as float32 `(m, channels)`, m about n * self.rate / rate."""
        mixed = self._mix(samples)
        if rate == self.rate or not len(mixed):
            return mixed
        return library("soxr").resample(mixed, rate, self.rate, quality=QUALITY)

    def blocks(self, blocks: Iterable[np.ndarray], rate: int) -> Iterator[np.ndarray]:
        """Yields what `whole` would return, from blocks, without holding more than one."""
        if rate == self.rate:
            yield from map(self._mix, blocks)
            return
        stream = library("soxr").ResampleStream(rate, self.rate, self.channels, dtype="float32", quality=QUALITY)
        for block in blocks:
            yield stream.resample_chunk(self._mix(block))
        yield stream.resample_chunk(np.empty((0, self.channels), np.float32), last=True)

    def window(self, recording: Recording, start: int, count: int) -> np.ndarray:
        """Returns `whole(...)[start : start + count]` of a recording, decoding that window and its margins only."""
        if recording.rate == self.rate:
            return self._mix(recording.read(start, count))
        common = math.gcd(recording.rate, self.rate)
        # From a multiple of `step_in` on, frames of the recording and of the result fall together.
        step_in, step_out = recording.rate // common, self.rate // common
        margin = math.ceil(MARGIN * max(1, recording.rate / self.rate))
        steps = max(0, start * recording.rate // self.rate - margin) // step_in
        first = steps * step_in
        last = math.ceil((start + count) * recording.rate / self.rate) + margin
        samples = self.whole(recording.read(first, last - first), recording.rate)
        skipped = start - steps * step_out
        return samples[skipped : skipped + count]

    def _mix(self, samples: np.ndarray) -> np.ndarray:
        """One channel is the mean of all; of two, mono fills both and more than two give both their mean."""
        if samples.shape[1] == self.channels:
            return samples
        if samples.shape[1] > 1:
            samples = samples.mean(axis=1, keepdims=True, dtype=np.float32)
        return np.repeat(samples, self.channels, axis=1)
