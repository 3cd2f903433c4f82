"""A hole filled smoothly from its edge, as a network's first guess."""

import keras
from keras import ops

from multigan_inpaint.inputs import hole_of, masked

__all__ = ["SmoothFill", "first_look", "smooth_fill"]

# Of the middle of a hole; wider blurs see less of the edge than they cost.
WIDEST = 32
# From which share of known pixels on a blur is trusted in full; with .5 photographs are filled a tenth worse.
TRUSTED = 0.125
TINY = 1e-6


def first_look(inputs, start: str):
    """Returns what a network sees of its inputs, `(batch, h, w, channels + 1)`, and its first guess, or None.

    Args:
        inputs: `source` and `mask`.
        start: "smooth": it sees the hole filled smoothly, and its output is a change of that; "empty": it sees nothing
            there, and its output is its own.
    """
    if start == "empty":
        return masked(*inputs), None
    guess = SmoothFill()(inputs)
    return ops.concatenate([guess, ops.cast(hole_of(inputs[1]), guess.dtype)], axis=-1), guess


def smooth_fill(source, hole):
    """Returns pictures whose holes are filled by wider and wider means of what is known.

    Blurs of [1, 2, 1] / 4 whose taps lie 1, 2, 4 ... pixels apart are taken of the known pixels and of the mask of
    what is known; their quotient is the mean of the known pixels there. Each pixel of a hole takes the narrowest blur
    that sees enough of them.

    Args:
        source: pictures `(batch, h, w, c)`; what they hold in their holes does not matter.
        hole: 1 in a hole and 0 elsewhere, `(batch, h, w, 1)`.

    Returns:
        `(batch, h, w, c)`: `source` outside of holes; 0 where nothing is known.

    Reference: the pull and push of Gortler et al., 1996, doi 10.1145/237170.237200, without a change of size, so that
    pictures of any size can be filled.
    """
    known = 1.0 - hole
    levels, apart = [ops.concatenate([ops.where(hole > 0.5, 0.0, source), known], axis=-1)], 1
    while apart <= WIDEST:
        levels.append(_blurred(levels[-1], apart))
        apart *= 2
    filled = _mean(levels[-1])
    for level in reversed(levels[1:-1]):
        trust = ops.minimum(level[..., -1:] / TRUSTED, 1.0)
        filled = trust * _mean(level) + (1.0 - trust) * filled
    return ops.where(hole > 0.5, filled, source)


def _mean(level):
    return level[..., :-1] / ops.maximum(level[..., -1:], TINY)


def _blurred(x, apart):
    """Along columns and then along rows; beyond the edge nothing is known."""
    wide = ops.pad(x, ((0, 0), (apart, apart), (0, 0), (0, 0)))
    x = 0.25 * (wide[:, : -2 * apart] + wide[:, 2 * apart :]) + 0.5 * x
    wide = ops.pad(x, ((0, 0), (0, 0), (apart, apart), (0, 0)))
    return 0.25 * (wide[:, :, : -2 * apart] + wide[:, :, 2 * apart :]) + 0.5 * x


@keras.saving.register_keras_serializable(package="multigan_inpaint")
class SmoothFill(keras.layers.Layer):
    """`smooth_fill` as a layer: `[source, mask]` to pictures, in float32; from a half on a mask is a hole."""

    def __init__(self, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)

    def call(self, inputs):
        """Applies it."""
        source, mask = inputs
        return smooth_fill(source, ops.cast(hole_of(mask), "float32"))

    def compute_output_shape(self, input_shape):
        """See the class."""
        return input_shape[0]
