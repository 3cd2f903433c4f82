"""What a generator is given, and what becomes of what it makes."""

import keras
from keras import ops

__all__ = ["composite", "hole_of", "masked", "picture_inputs"]


def picture_inputs(channels: int) -> list:
    """Returns the inputs of a network: `source`, `(batch, h, w, channels)`, and `mask`, `(batch, h, w, 1)`."""
    return [keras.Input((None, None, channels), name="source"), keras.Input((None, None, 1), name="mask")]


def hole_of(mask):
    """Returns where a mask has its hole, bool: from a half on."""
    return ops.greater_equal(mask, 0.5)


def masked(source, mask):
    """Returns what a network sees, `(batch, h, w, channels + 1)`: the picture, 0 in the hole whatever stands there, and
    the mask.
    """
    hole = hole_of(mask)
    return ops.concatenate([ops.where(hole, 0.0, source), ops.cast(hole, source.dtype)], axis=-1)


def composite(source, mask, made):
    """Returns the picture itself outside of the hole, to the bit, and what was made inside of it.

    A choice and no sum of products, which would round, and spread what is not finite.
    """
    return ops.where(hole_of(mask), made, source)
