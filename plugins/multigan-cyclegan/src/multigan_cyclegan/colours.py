"""Where a generator can begin: the linear map of colours that makes patches of one kind most like those of the other.

Two kinds of pictures have many translations that a discriminator takes for real: grass may become snow and water ice,
or the other way round, and once a cycle is closed neither turns into the other. What decides is how often and in what
company a colour occurs. A map of twelve numbers can be searched for everywhere; a network cannot.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
from keras import ops

__all__ = ["LinearColours", "Patches", "linear_maps"]

# Sides of the patches whose means are compared, in shares of a picture's; and of those whose contrasts are.
SHARES = 1 / 32, 1 / 16, 1 / 8, 1 / 2
CONTRASTS = 1 / 16, 1 / 8
# Pixels of such a patch that are looked at.
INSIDE = 16
# How many patches a search sees, and by how many projections; and by how many the last choice sees all of them.
FEW, MANY, FEW_LINES, MANY_LINES = 3_000, 8_000, 48, 256
# How many searches there are, each with patches of its own: what suits a few patches best need not suit the others.
SEARCHES = 3
# Rotations that each tries, how many of them are improved, and how many again; by how many updates of what rate.
TRIED, KEPT, FINALISTS, UPDATES, RATE = 320, 16, 4, 30, 0.05
# Variance that every colour has at least, so that the colours of grey pictures can be turned as well.
LEAST = 1e-4
# What a map leaves unsaid of a colour, its deviation: directions that are flatter are not steepened on the way back.
UNSAID = 0.1
# Of a map's colours: white and black are at infinity before tanh.
WITHIN = 0.98


@keras.saving.register_keras_serializable(package="multigan_cyclegan")
class LinearColours(keras.layers.Layer):
    """Pictures `(batch, h, w, c)` with each colour mapped linearly, as what tanh makes them of; float32.

    Its one variable is the map `(c + 1, c)`, the shift last, which no gradient changes: what a network begins with.
    """

    def __init__(self, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)

    def build(self, input_shape):
        """Starts as the map that changes nothing."""
        shape = input_shape[-1] + 1, input_shape[-1]
        self.map = self.add_weight(shape=shape, initializer="zeros", trainable=False, name="map")
        self.map.assign(np.eye(*shape, dtype="float32"))

    def call(self, inputs):
        """Applies it."""
        mapped = ops.matmul(inputs, self.map[:-1]) + self.map[-1]
        return ops.arctanh(ops.clip(mapped, -WITHIN, WITHIN))

    def compute_output_shape(self, input_shape):
        """See the class."""
        return input_shape


def linear_maps(source: Patches, image: Patches, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Returns the map of colours from one kind of pictures to another and the one back, float32 `(c + 1, c)` each.

    Of turned and mirrored maps that give the colours the other kind's mean and covariance, those are kept whose patches
    come nearest to the other kind's by the sliced Wasserstein distance, and improved by gradient descent. Several
    searches find some each, and the one is taken whose colours and contrasts are nearest. All this goes the way that
    comes nearer to its aim. The map of the other way is the one that best undoes it where colours are a little unsure:
    snow has lost most of what it was made of, and an exact inverse would make colours of its noise. No pairs of
    pictures are looked at.

    Args:
        source, image: of each kind.
        rng: chooses patches, rotations and projections.

    Reference: Pitie et al., 2007, doi 10.1016/j.cviu.2006.11.011, for colours turned until their distributions agree;
    Bonneel et al., 2015, doi 10.1007/s10851-014-0506-3, for the distance.
    """
    kinds = source, image
    ways = [_Search(*given, rng) for given in (kinds, kinds[::-1])]
    first = min((0, 1), key=lambda way: ways[way].best)
    given, wanted = kinds[:: 1 - 2 * first]
    lines = _lines(wanted.seen(), MANY_LINES, rng)
    looks = np.sort(lines @ wanted.seen().T, axis=1)

    def apart(colours):
        return float(np.square(np.sort(lines @ given.seen(colours).T, axis=1) - looks).mean())

    searches = [ways[first], *(_Search(given, wanted, rng) for _ in range(1, SEARCHES))]
    best = min((each for search in searches for each in search.finalists(apart)), key=apart)
    found = best, _undone(best, given.colours[:, 0])
    return tuple(found[way].astype("float32") for way in (first, 1 - first))


class _Search:
    """Maps from one kind of patches to another.

    Attributes:
        best: the smallest distance of a map that was tried.
    """

    def __init__(self, given, wanted, rng):
        self.given, self.wanted, self.rng = given, wanted, rng
        self.few, self.aim = given.some(FEW, rng).colours, _Wanted(wanted.some(FEW, rng).colours, FEW_LINES, rng)
        tried = [(self.aim.distance(self.few, each), each) for each in _turned(self.few[:, 0], self.aim.colours, rng)]
        self.tried = sorted(tried, key=lambda pair: pair[0])
        self.best = self.tried[0][0]

    def finalists(self, apart):
        """Yields the maps that are nearest by `apart`, improved twice, the second time with more patches."""
        improved = sorted((self.aim.improved(self.few, each) for _, each in self.tried[:KEPT]), key=apart)
        more, theirs = (kind.some(MANY, self.rng).colours for kind in (self.given, self.wanted))
        closer = _Wanted(theirs, FEW_LINES, self.rng)
        for each in improved[:FINALISTS]:
            yield closer.improved(more, each)


@dataclass(frozen=True)
class Patches:
    """Patches of one kind of pictures.

    Args:
        colours: of a pixel each, and the means of the patches around it, `(count, 1 + len(SHARES), c)`.
        inside: of pixels of the patch of each side of `CONTRASTS`, drawn with replacement,
            `(count, len(CONTRASTS), INSIDE, c)`.
    """

    colours: np.ndarray
    inside: np.ndarray

    @classmethod
    def of(cls, pictures: np.ndarray, count: int, rng: np.random.Generator) -> Patches:
        """Returns patches around pixels that are drawn with replacement, of pictures `(n, h, w, c)` in [-1, 1]."""
        pictures = pictures.astype("float32", copy=False)
        number, height, width, channels = pictures.shape
        rows = rng.integers(0, (number, height, width), (count, 3))
        found, inside = [pictures[tuple(rows.T)]], []
        for share in SHARES:
            side = max(1, round(share * min(height, width)))
            down, across = height // side, width // side
            whole = pictures[:, : down * side, : across * side].reshape(number, down, side, across, side, channels)
            # What is left over at the edge belongs to the last patch.
            below, right = np.minimum(rows[:, 1:] // side, (down - 1, across - 1)).T
            found.append(whole.mean((2, 4))[rows[:, 0], below, right])
            if share in CONTRASTS:
                places = rng.integers(0, side, (2, count, INSIDE))
                inside.append(whole[rows[:, :1], below[:, None], places[0], right[:, None], places[1]])
        return cls(np.stack(found, axis=1), np.stack(inside, axis=1))

    @classmethod
    def joined(cls, parts: Sequence[Patches]) -> Patches:
        """Returns those of several parts of the pictures together."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("colours", "inside")))

    def some(self, count: int, rng: np.random.Generator) -> Patches:
        """Returns as many of them, or all."""
        rows = rng.permutation(len(self.colours))[:count]
        return Patches(self.colours[rows], self.inside[rows])

    def seen(self, colours: np.ndarray | None = None) -> np.ndarray:
        """Returns what is compared of them: pixels, the means of their patches and the deviations in these, each
        channel, `(count, (1 + 2 len(CONTRASTS)) c)`; after a map of colours where one is given.
        """
        means = [self.colours[:, 1 + SHARES.index(share)] for share in CONTRASTS]
        seen, inside = np.stack([self.colours[:, 0], *means], axis=1), self.inside
        if colours is not None:
            seen, inside = (np.clip(_mapped(each, colours), -1, 1) for each in (seen, inside))
        return np.concatenate([seen, inside.std(axis=2)], axis=1).reshape(len(seen), -1)


class _Wanted:
    """The patches that mapped ones are to be like: their projections on some lines, each line's in order."""

    def __init__(self, wanted, lines, rng):
        self.colours, flat = wanted[:, 0], wanted.reshape(len(wanted), -1)
        self.lines = _lines(flat, lines, rng)
        self.sorted = np.sort(self.lines @ flat.T, axis=1)

    def distance(self, given, colours) -> float:
        """Mean square difference of projections that have one rank: a sliced Wasserstein distance, squared."""
        flat = np.clip(_mapped(given, colours), -1, 1).reshape(len(given), -1)
        return float(np.square(np.sort(self.lines @ flat.T, axis=1) - self.sorted).mean())

    def gradient(self, given, colours):
        """Of that distance, for the map; where colours are clipped there is none."""
        free = _mapped(given, colours)
        projected = self.lines @ np.clip(free, -1, 1).reshape(len(given), -1).T
        order, apart = np.argsort(projected, axis=1), np.empty_like(projected)
        np.put_along_axis(apart, order, np.take_along_axis(projected, order, axis=1) - self.sorted, axis=1)
        pull = (apart.T @ self.lines).reshape(free.shape) * (2 / apart.size) * (np.abs(free) < 1)
        return np.concatenate([np.tensordot(given, pull, ((0, 1), (0, 1))), pull.sum((0, 1))[None]])

    def improved(self, given, colours):
        """The map after some updates of Adam, whose rate falls to zero."""
        first, second = np.zeros_like(colours), np.zeros_like(colours)
        for update in range(1, UPDATES + 1):
            slope = self.gradient(given, colours)
            first, second = 0.9 * first + 0.1 * slope, 0.99 * second + 0.01 * slope**2
            step = first / (1 - 0.9**update) / (np.sqrt(second / (1 - 0.99**update)) + 1e-8)
            colours = colours - RATE * (1 - update / (UPDATES + 1)) * step
        return colours


def _lines(values, count, rng):
    """Directions in which values `(n, length)` are compared, in units of their deviations, `(count, length)`."""
    drawn = rng.normal(size=(count, values.shape[1]))
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True) * (values.std(axis=0) + LEAST)
    return drawn.astype("float32")


def _mapped(given, colours):
    return given @ colours[:-1] + colours[-1]


def _turned(given, wanted, rng):
    """Maps that give colours `(n, c)` the mean and covariance of others, turned or mirrored at random."""
    channels = given.shape[1]
    first, then = (np.cov(kind.T).reshape(channels, channels) + LEAST * np.eye(channels) for kind in (given, wanted))
    white, coloured = _power(first, -0.5), _power(then, 0.5)
    for turn in itertools.islice(_rotations(channels, rng), TRIED):
        colours = white @ turn @ coloured
        shift = wanted.mean(axis=0) - given.mean(axis=0) @ colours
        yield np.vstack([colours, shift]).astype("float32")


def _rotations(channels, rng):
    """Orthogonal matrices without end; the first one turns nothing."""
    yield np.eye(channels)
    while True:
        turn = np.linalg.qr(rng.normal(size=(channels, channels)))[0]
        yield turn * np.sign(rng.normal(size=channels))


def _power(matrix, power):
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * values**power) @ vectors.T


def _undone(colours, given):
    """The linear map that restores most of colours `(n, c)` that were mapped and disturbed by `UNSAID`: Wiener's."""
    mapped, mean = _mapped(given, colours), given.mean(axis=0)
    about = mapped - mapped.mean(axis=0)
    noisy = about.T @ about / len(given) + UNSAID**2 * np.eye(given.shape[1])
    back = np.linalg.solve(noisy, about.T @ (given - mean) / len(given))
    return np.vstack([back, mean - mapped.mean(axis=0) @ back])
