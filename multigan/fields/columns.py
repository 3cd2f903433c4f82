"""What stands side by side in a preview, where samples are made of something that can be drawn."""

from collections.abc import Mapping

import numpy as np

from multigan.field import Field
from multigan.fields.asked import find_kind, is_usual
from multigan.recipe import load_object

__all__ = ["columns_of", "pictures_of"]


def columns_of(
    game, fields: Mapping[str, Field], asked: Mapping[str, np.ndarray] | None, samples: np.ndarray
) -> dict[str, np.ndarray]:
    """Returns what some samples were asked for, drawn, and what the game shows of them, by title.

    Args:
        game: that made them.
        fields: that it is asked by, see `multigan.fields.asked_fields`.
        asked: what these samples were asked for, by field; None for nothing.
        samples: `(count, *shape)`.

    Returns:
        Nothing where none of the fields can be drawn and the game shows the samples alone. A field whose values are all
        the usual one is not drawn.
    """
    columns = pictures_of(fields, asked or {}) | dict(game.show(asked or {}, samples))
    return columns if len(columns) > 1 else {}


def pictures_of(fields: Mapping[str, Field], asked: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Returns what samples were asked for as pictures `(count, height, width, channels)` in [-1, 1], by the names of
    those fields that can be drawn and have other than their usual values.

    Args:
        fields: that a game is asked by.
        asked: values of some of them, one a sample.
    """
    found = {}
    for name, values in asked.items():
        draw = find_kind(fields[name].kind).draw
        if draw and not is_usual(values, fields[name]):
            found[name] = load_object(draw)(np.asarray(values), fields[name])
    return found
