"""Pictures that a game is asked for by, where nobody gave any."""

from __future__ import annotations

import numpy as np

from multigan.field import Field

__all__ = ["choose_pictures"]


def choose_pictures(field: Field, kept: np.ndarray | None, count: int) -> np.ndarray:
    """Returns pictures `(count, *field.shape)`: all of the field's `usual` number, where it has one; else the data's in
    turn.

    Raises:
        ValueError: it has none, and there are no data.
    """
    if field.usual:
        # One number in memory, however many pictures there are.
        return np.broadcast_to(np.float32(field.usual[0]), (count, *field.shape))
    if kept is None or not len(kept):
        raise ValueError(f"there is no {field.name} to ask for")
    return kept[np.arange(count) % len(kept)]
