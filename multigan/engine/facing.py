"""A game that translates more than one way, seen from one of its sides."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from multigan.engine.drawing import Drawing
from multigan.errors import UsageError
from multigan.field import Field
from multigan.recipe import suggest

__all__ = ["Facing", "facing"]


class Facing(Drawing):
    """A game as one of its directions has it: what draws samples there, and what they are asked for by.

    `Game.turned` returns one for each direction but the usual. All that is not told is as the game has it.

    Args:
        game: that is seen.
        sampler: the network of this direction.
        fields: what samples are asked for by where it differs from the data's, such as a `source` of the shape that the
            game's samples have; they go before the data's fields of these names.
        asks: their names; None for the game's own.
        swaps: names of two fields of the data that trade places in this direction, so that samples are held against the
            right ones, such as `("source", "image")`: what was asked for, and what was made. Empty: none do.
        show: as `Game.show`; None: the samples alone.
        multiple, scale: as of a game; None for its own.
    """

    def __init__(
        self,
        game: Any,
        sampler: keras.Model,
        *,
        fields: Sequence[Field] = (),
        asks: Sequence[str] | None = None,
        swaps: tuple[str, ...] = (),
        show: Callable[[Mapping[str, np.ndarray], np.ndarray], dict[str, np.ndarray]] | None = None,
        multiple: int | None = None,
        scale: int | None = None,
    ):
        self.game, self.sampler, self.name, self.swaps = game, sampler, game.name, tuple(swaps)
        self.asks = tuple(game.asks if asks is None else asks)
        self.fields = (*fields, *(own for own in game.fields if own.name not in {field.name for field in fields}))
        self.multiple = game.multiple if multiple is None else multiple
        self.scale = game.scale if scale is None else scale
        self._jit, self._show = game._jit, show

    def latents(self, count: int, seed):
        """As the game's."""
        return self.game.latents(count, seed)

    def interpolate(self, keys, count: int):
        """As the game's."""
        return self.game.interpolate(keys, count)

    def show(self, asked: Mapping[str, np.ndarray], samples: np.ndarray) -> dict[str, np.ndarray]:
        """See `Game.show`."""
        return super().show(asked, samples) if self._show is None else self._show(asked, samples)


def facing(game: Any, direction: str | None) -> Any:
    """Returns a game seen from the side that a person names; the game itself for the usual one, or for None.

    Raises:
        UsageError: it has no such direction; those that it has are named.
    """
    if direction is None:
        return game
    if not game.directions:
        raise UsageError(f"--direction {direction}: this run goes one way only; leave it out")
    if direction not in game.directions:
        known = ", ".join(game.directions)
        raise UsageError(f"--direction {direction}: not one of {known}{suggest(direction, game.directions)}")
    return game if direction == game.directions[0] else game.turned(direction)
