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
# How often what was filled is bent smoother, by what share of its bend (1 / 64 is the most at which nothing swings),
# and how much of the last change each change keeps.
ROUNDS, SHARE, KEPT = 32, 1 / 66, 0.9


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


def smooth_fill(source, hole, rounds: int = ROUNDS):
    """Returns pictures whose holes are filled by wider and wider means of what is known, and then bent smooth.

    Blurs of [1, 2, 1] / 4 whose taps lie 1, 2, 4 ... pixels apart are taken of the known pixels and of the mask of
    what is known; their quotient is the mean of the known pixels there. Each pixel of a hole takes the narrowest blur
    that sees enough of them. Some steps towards the biharmonic surface through the edge of the hole follow: they take
    slopes from outside into it. In strokes they come as near to photographs as that surface itself, and in larger holes
    nearer.

    Args:
        source: pictures `(batch, h, w, c)`; what they hold in their holes does not matter.
        hole: 1 in a hole and 0 elsewhere, `(batch, h, w, 1)`.
        rounds: steps towards that surface.

    Returns:
        `(batch, h, w, c)`: `source` outside of holes; 0 where nothing is known.

    Reference: the pull and push of Gortler et al., 1996, doi 10.1145/237170.237200, without a change of size, so that
    pictures of any size can be filled; Hoang and Damelin, 2017, arXiv 1707.06567, for the surface; Polyak, 1964, doi
    10.1016/0041-5553(64)90137-5, for changes that keep some of the last one.
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
    filled = ops.where(hole > 0.5, filled, source)

    if not rounds:
        return filled

    def bent(_, state):
        x, change = state
        change = KEPT * change - SHARE * hole * _curved(_curved(x))
        return x + change, change

    return ops.fori_loop(0, rounds, bent, (filled, ops.zeros_like(filled)))[0]


def _curved(x):
    """The sum of the four neighbours' differences from each pixel; beyond the edge it goes on as it is there."""
    wide = ops.concatenate([x[:, :1], x, x[:, -1:]], axis=1)
    down = wide[:, :-2] + wide[:, 2:] - 2.0 * x
    wide = ops.concatenate([x[:, :, :1], x, x[:, :, -1:]], axis=2)
    return down + wide[:, :, :-2] + wide[:, :, 2:] - 2.0 * x


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
