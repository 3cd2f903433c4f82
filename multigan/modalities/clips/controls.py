"""What stands beside a clip game's samples: other real clips; the same frozen, shuffled and played backwards; noise.

A frozen clip has perfect frames, and a shuffled one all of its frames: a score that takes them for the data sees no
motion. Played backwards clips are real where the data have no direction.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy

from multigan.metrics.controls import NOISE, OTHERS, Control, others

__all__ = ["CONTROLS", "frozen", "played_backwards", "shuffled"]


def frozen(clips: numpy.ndarray, seed) -> numpy.ndarray:
    """Returns clips whose every frame is their middle one."""
    middle = clips.shape[1] // 2
    return numpy.repeat(clips[:, middle : middle + 1], clips.shape[1], axis=1)


def shuffled(clips: numpy.ndarray, seed) -> numpy.ndarray:
    """Returns clips with their frames in an order of chance, each in its own."""
    orders = numpy.random.default_rng(seed).permuted(numpy.tile(numpy.arange(clips.shape[1]), (len(clips), 1)), axis=1)
    return numpy.stack([clip[order] for clip, order in zip(clips, orders, strict=True)])


def played_backwards(clips: numpy.ndarray, seed) -> numpy.ndarray:
    """Returns clips from their last frame to their first."""
    return clips[:, ::-1]


class _Changed:
    """Other real samples, changed."""

    def __init__(self, real, change: Callable[[numpy.ndarray, object], numpy.ndarray]):
        self.asks, self.fields, self._real, self._change = real.asks, real.fields, real, change

    def sample(self, size, seed, asked=None):
        """Returns `(size, *shape)`."""
        return self._change(self._real.sample(size, seed, asked), seed)


def _of_real(name: str, change) -> Control:
    def make(evaluation, game, seed):
        return _Changed(others(evaluation, game, seed), change)

    return replace(OTHERS, name=name, make=make)


CONTROLS = (
    OTHERS,
    _of_real("frozen", frozen),
    _of_real("shuffled", shuffled),
    _of_real("reversed", played_backwards),
    NOISE,
)
