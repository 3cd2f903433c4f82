"""What a generator is given, and what becomes of what it makes."""

import keras
from keras import ops

__all__ = ["composite", "finished", "hole_of", "masked", "picture_inputs"]

# Of the last kernel of a network that changes a first guess: it begins with hardly a change.
SMALL = 1e-3
# Of a first guess: white and black are at infinity before tanh.
WITHIN = 0.98


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


def finished(x, channels: int, kernel: int, guess=None):
    """Returns pictures `(batch, h, w, channels)` in [-1, 1], float32: a last convolution.

    Args:
        x: features `(batch, h + kernel - 1, w + kernel - 1, any)`.
        channels: of the pictures.
        kernel: side of the convolution's.
        guess: pictures of that shape in [-1, 1], which come out where the convolution gives 0; none without it.
    """
    initial = "glorot_uniform" if guess is None else keras.initializers.RandomNormal(0.0, SMALL)
    x = keras.layers.Conv2D(channels, kernel, kernel_initializer=initial)(x)
    if guess is not None:
        x = ops.cast(x, "float32") + ops.arctanh(ops.clip(guess, -WITHIN, WITHIN))
    return keras.layers.Activation("tanh", dtype="float32")(x)
