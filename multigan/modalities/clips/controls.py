"""What stands beside a clip game's samples: other real clips; the same frozen, shuffled and played backwards; noise.

A frozen clip has perfect frames, and a shuffled one all of its frames: a score that takes them for the data sees no
motion. Played backwards clips are real where the data have no direction.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy

from multigan.metrics.controls import NOISE, OTHERS, Control, others

__all__ = ["CONTROLS", "controls", "cross_faded", "frozen", "held", "played_backwards", "shuffled"]


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


def cross_faded(keys: numpy.ndarray, frames: int) -> numpy.ndarray:
    """Returns clips `(count, frames, ...)` that go evenly from the first key frame to the last.

    Args:
        keys: `(count, 1 or 2, height, width, channels)`; of one it is held.
        frames: of a clip.
    """
    at = numpy.linspace(0, 1, frames, dtype=numpy.float32)[None, :, None, None, None]
    return (1 - at) * keys[:, :1] + at * keys[:, -1:]


def held(keys: numpy.ndarray, frames: int) -> numpy.ndarray:
    """Returns clips `(count, frames, ...)` of which each frame is the nearest key frame."""
    return numpy.where((numpy.arange(frames) < frames / 2)[None, :, None, None, None], keys[:, :1], keys[:, -1:])


class _Made:
    """Clips that are made of key frames without a network."""

    def __init__(self, game, frames: int, make: Callable[[numpy.ndarray, int], numpy.ndarray]):
        self.asks, self.fields, self._frames, self._make = tuple(game.asks), tuple(game.fields), frames, make

    def sample(self, size, seed, asked=None):
        """Returns float32 `(size, frames, height, width, channels)`."""
        return self._make(asked["keys"], self._frames).astype(numpy.float32)


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


def controls(material, game) -> tuple[Control, ...]:
    """Returns what stands beside a game's clips; where they are made of key frames those cross-faded and held, too."""
    if "keys" not in game.asks:
        return CONTROLS

    def control(name, make):
        return Control(name, lambda evaluation, game, seed: _Made(game, evaluation.material.reference.shape[0], make))

    between = (control("cross-fade", cross_faded),) if material.reference.beside[0].shape[0] > 1 else ()
    return (*between, control("nearest key frame", held), *CONTROLS)
