"""What is scored beside a game's samples, with the same metrics and counts: a value alone tells little.

Each control stands in a game's place: it has its `asks` and `fields`, and `sample(size, [seed, block], asked)`. A room
lists those of its samples (`multigan.modality.Modality.controls`), or tells which there are by what goes in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy

from multigan.field import Field
from multigan.modality import find_modality

if TYPE_CHECKING:
    from multigan.metrics.extractors import Material
    from multigan.metrics.scoring import Evaluation

__all__ = ["NOISE", "OTHERS", "REPLAY", "Control", "Noise", "Others", "arranged", "controls_of", "others", "replay"]


@dataclass(frozen=True)
class Control:
    """One thing that stands beside samples.

    Args:
        name: in records and tables.
        make: `make(evaluation, game, seed)` returns what stands in the game's place; `game` tells what samples are
            asked by, `seed` is of the control's samples. None: metrics tell it themselves, as their "real" or "floor".
        spare: whether it takes as many real samples again as are compared with; half of the data are left for it.
        lacks: why it cannot be had here; it is left out then, and that is told.
    """

    name: str
    make: Callable[[Evaluation, Any, int], Any] | None
    spare: bool = False
    lacks: str = ""


def controls_of(material: Material, game, talk: Callable[[str], None]) -> tuple[Control, ...]:
    """Returns what a room has scored beside a game's samples; what cannot be had is told.

    Args:
        material: the data.
        game: tells what samples are asked by.
        talk: takes lines for the user.
    """
    room = find_modality(material.modality)
    found = room.load("controls") if room.controls else ()
    if callable(found):
        found = found(material, game)
    for control in found:
        if control.lacks:
            talk(f"not measured: {control.name} beside the samples ({control.lacks})")
    return tuple(control for control in found if not control.lacks)


class Noise:
    """White noise, uniform in [-1, 1] and scaled to a loudness.

    Args:
        shape: of a sample.
        loudness: root mean square; from 0.577 on, that of noise in [-1, 1], it is as loud as it can be.
        game: whose fields it is asked by, and does not heed.
    """

    def __init__(self, shape: Sequence[int], loudness: float, game=None):
        self.shape, self.asks, self.fields = tuple(shape), *_asked_like(game)
        self._peak = min(1.0, 3**0.5 * loudness)

    def sample(self, size, seed, condition=None):
        """Returns float32 `(size, *shape)`."""
        noise = numpy.random.default_rng(seed).random((size, *self.shape), numpy.float32)
        return (2 * noise - 1) * numpy.float32(self._peak)


class Others:
    """Real samples that take no part otherwise.

    Args:
        source: the data.
        field: the key of a batch that holds the samples.
        indices: of these samples, in the order in which they are given.
        block: how many samples a seed's block has.
        game: whose fields it is asked by; the order answers them already.
    """

    def __init__(self, source, field: str, indices: numpy.ndarray, block: int, game=None):
        self.asks, self.fields = _asked_like(game)
        self._source, self._field, self._indices, self._block = source, field, indices, block

    def sample(self, size, seed, condition=None):
        """Returns `(size, *shape)`."""
        start = seed[1] * self._block
        return self._source.batch(self._indices[start : start + size])[self._field]


def _asked_like(game) -> tuple[tuple[str, ...], tuple[Field, ...]]:
    """The `asks` and `fields` of a game; none of None."""
    return (game.asks, game.fields) if game is not None else ((), ())


def others(evaluation: Evaluation, game, seed: int) -> Others:
    """Returns the control of as many real samples that are not among those of an evaluation; of a game that is asked by
    labels, of the classes asked for.
    """
    source, count, label = evaluation.material.reference, evaluation.count, evaluation.label(game)
    indices = numpy.random.default_rng(0).permutation(len(source))[count : 2 * count]
    if label:
        indices = arranged(source, indices, evaluation.ask(game, seed)[label][:])
    return Others(source, evaluation.material.field, indices, evaluation.block, game)


def replay(evaluation: Evaluation, game, seed: int) -> Others:
    """Returns the control of training samples given again; of few ones, several times."""
    source, count = evaluation.material.training(), evaluation.count
    chosen = numpy.resize(numpy.random.default_rng(0).permutation(len(source))[:count], count)
    return Others(source, evaluation.material.field, chosen, evaluation.block, game)


def noise(evaluation: Evaluation, game, seed: int) -> Noise:
    """Returns the control of white noise as loud as the data."""
    return Noise(evaluation.material.reference.shape, evaluation.loudness, game)


def arranged(source, indices: numpy.ndarray, asked: numpy.ndarray) -> numpy.ndarray:
    """Returns `indices` in an order in which the samples' classes are those asked for.

    Each is there once, but where a class is asked for oftener than it has samples; those come again.

    Args:
        source: the data, with labels.
        indices: of samples.
        asked: class of each place, `(count,)`.
    """
    parts = numpy.array_split(indices, -(-len(indices) // 256))
    labels = numpy.concatenate([source.batch(part)["label"] for part in parts])
    order = numpy.resize(indices, len(asked))
    for label in numpy.unique(asked):
        own = indices[labels == label]
        if len(own):
            order[asked == label] = numpy.resize(own, numpy.count_nonzero(asked == label))
    return order


# Other real samples, which no generator can beat; white noise, of samples in [-1, 1], which it has to; and training
# samples, which some metrics take for a good generator's.
OTHERS, NOISE, REPLAY = Control("real", others, spare=True), Control("noise", noise), Control("replay", replay)
