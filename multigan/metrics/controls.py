"""What is scored beside a game's samples, with the same metrics and counts: a value alone tells little.

Each control stands in a game's place: `sample(size, [seed, block], condition)`.
"""

from collections.abc import Sequence

import numpy

__all__ = ["CONTROLS", "Noise", "Others", "arranged", "others", "replay"]

# By modality: other real samples, which a generator cannot beat, and white noise, which it has to. Of texts
# (`multigan.modalities.text.controls`) also what some metrics take for a good generator: training texts, and one
# repeated.
CONTROLS = {
    "audio": ("real", "noise"),
    "text": ("real", "replay", "bigram", "unigram", "uniform", "repeated"),
}


class Noise:
    """White noise, uniform in [-1, 1] and scaled to a loudness.

    Args:
        shape: of a sample.
        loudness: root mean square; from 0.577 on, that of noise in [-1, 1], it is as loud as it can be.
        conditional: what it is asked by, and does not heed.
    """

    def __init__(self, shape: Sequence[int], loudness: float, conditional: str = ""):
        self.shape, self.conditional = tuple(shape), conditional
        self._peak = min(1.0, 3**0.5 * loudness)

    def sample(self, size, seed, condition=None):
        """Returns float32 `(size, *shape)`."""
        noise = numpy.random.default_rng(seed).random((size, *self.shape), numpy.float32)
        return (2 * noise - 1) * numpy.float32(self._peak)


class Others:
    """Real samples that take no part otherwise.

    Args:
        source: the data.
        indices: of these samples, in the order in which they are given.
        block: how many samples a seed's block has.
        conditional: what it is asked by; the order answers that already.
    """

    def __init__(self, source, indices: numpy.ndarray, block: int, conditional: str = ""):
        self.conditional = conditional
        self._source, self._indices, self._block = source, indices, block

    def sample(self, size, seed, condition=None):
        """Returns `(size, *shape)`."""
        start = seed[1] * self._block
        return next(iter(self._source.batch(self._indices[start : start + size]).values()))


def others(source, count: int, block: int, conditional: str = "", asked: numpy.ndarray | None = None) -> Others:
    """Returns the control of real samples that the first `count` of an evaluation's choice are not among.

    Args:
        source: the data, at least twice `count`.
        count, block: of the evaluation.
        conditional: what the game is asked by.
        asked: class of each place, `(count,)`, of a game that is asked by labels.
    """
    indices = numpy.random.default_rng(0).permutation(len(source))[count : 2 * count]
    return Others(source, indices if asked is None else arranged(source, indices, asked), block, conditional)


def replay(source, count: int, block: int, conditional: str = "") -> Others:
    """Returns the control of training samples given again; of few ones, several times.

    Args:
        source: the training data.
        count, block, conditional: as `others` has them.
    """
    chosen = numpy.random.default_rng(0).permutation(len(source))[:count]
    return Others(source, numpy.resize(chosen, count), block, conditional)


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
