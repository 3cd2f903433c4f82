"""What is done with latents, an array `(count, ...)` or several by name: mixing, neighbours, truncation."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

__all__ = ["are_normal", "around", "at", "joined", "mixed", "same_form", "truncated"]

# Latents that are looked at to tell how they are distributed.
LOOKED_AT = 4096
# Places on the path between two latents.
PLACES = 1001

Latents = np.ndarray | Mapping[str, np.ndarray]


def at(latents: Latents, row: int) -> Latents:
    """Returns one of several latents, `(1, ...)`."""
    return _each(latents, lambda array: array[row : row + 1])


def joined(some: Sequence[Latents]) -> Latents:
    """Returns several latents one after another."""
    if isinstance(some[0], Mapping):
        return {name: np.concatenate([each[name] for each in some]) for name in some[0]}
    return np.concatenate(list(some))


def mixed(game: Any, corners: Sequence[Latents], across: float, down: float = 0.0) -> Latents:
    """Returns the latent at a place between two others, or between four: on the paths that the game has between them.

    Args:
        game: its `interpolate` knows how to go from one latent to another.
        corners: two latents `(1, ...)`, left and right; or four: two above, two below.
        across, down: the place, from 0 to 1.
    """
    if len(corners) == 2:
        return _between(game, *corners, across)
    above, below = _between(game, *corners[:2], across), _between(game, *corners[2:], across)
    return _between(game, above, below, down)


def around(game: Any, one: Latents, others: Latents, count: int, share: float) -> Latents:
    """Returns `count` latents near one: a share of the way from it to each of `count` others; itself first.

    Args:
        game: as of `mixed`.
        one: `(1, ...)`.
        others: `(count, ...)`; the first is not looked at.
        count: how many.
        share: of the way, from 0 to 1.
    """
    return joined([one, *(_between(game, one, at(others, row), share) for row in range(1, count))])


def are_normal(game: Any) -> bool:
    """Whether a game's latents look as if they came from a normal distribution of mean 0 and deviation 1.

    A game does not say so. Of a normal one 4.55 % lie beyond two deviations, of a uniform one on [-1, 1] none.
    """
    drawn = game.latents(LOOKED_AT, 0)
    arrays = list(drawn.values()) if isinstance(drawn, Mapping) else [drawn]
    return bool(arrays) and all(map(_looks_normal, arrays))


def same_form(one: Any, other: Any) -> bool:
    """Whether two games' latents are of one form, so that the same ones go into both."""
    if isinstance(one, Mapping) != isinstance(other, Mapping):
        return False
    if isinstance(one, Mapping):
        return {k: v.shape[1:] for k, v in one.items()} == {k: v.shape[1:] for k, v in other.items()}
    return one.shape[1:] == other.shape[1:]


def truncated(latents: Latents, limit: float) -> Latents:
    """Returns normal latents as truncated ones: none beyond `limit` deviations, in the same order as they were.

    The normal distribution is mapped onto the truncated one, quantile by quantile, so that a seed still means the same
    picture, nearer to the mean one. Brock et al., 2018, arXiv 1809.11096, draw anew what lies beyond.
    """
    low, high = ndtr(-limit), ndtr(limit)
    return _each(latents, lambda z: ndtri(low + ndtr(z.astype(np.float64)) * (high - low)).astype(z.dtype))


def _between(game, one, other, share: float) -> Latents:
    place = round(share * (PLACES - 1))
    return at(game.interpolate(joined([one, other]), PLACES), place)


def _each(latents, change) -> Latents:
    if isinstance(latents, Mapping):
        return {name: change(array) for name, array in latents.items()}
    return change(latents)


def _looks_normal(array: np.ndarray) -> bool:
    if array.dtype.kind != "f":
        return False
    beyond = np.mean(np.abs(array) > 2)
    return abs(array.mean()) < 0.1 and abs(array.std() - 1) < 0.1 and 0.03 < beyond < 0.06
