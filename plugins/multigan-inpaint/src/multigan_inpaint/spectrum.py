"""The Fourier transform over a picture's two axes, as matrix products.

`keras.ops` has transforms of one axis, the last. Products are as fast on two cores for sides up to 128 (each side of a
picture costs its length a value, and a transform needs the axes moved to the end and back), they keep channels last,
their gradient is a product too, and ONNX has them.
"""

import math

import keras
from keras import ops

__all__ = ["InverseRealFourier", "RealFourier", "irfft2", "rfft2"]


def rfft2(x):
    """Returns the transform of real values, its real and its imaginary part, `(batch, h, w // 2 + 1, c)` each.

    Its scale keeps the sum of squares: `numpy.fft.rfft2(x, axes=(1, 2), norm="ortho")`.

    Args:
        x: float32 `(batch, h, w, c)`, of any size.
    """
    height, width = ops.shape(x)[1:3]
    cosine, sine = _waves(width // 2 + 1, width)
    real, imaginary = ops.einsum("kw,bhwc->bhkc", cosine, x), -ops.einsum("kw,bhwc->bhkc", sine, x)
    cosine, sine = _waves(height, height)
    return (
        _down(cosine, real) + _down(sine, imaginary),
        _down(cosine, imaginary) - _down(sine, real),
    )


def irfft2(real, imaginary, width):
    """Returns the real values `(batch, h, w, c)` of a transform, as `numpy.fft.irfft2` does with `norm="ortho"`.

    Args:
        real, imaginary: `(batch, h, w // 2 + 1, c)`, as `rfft2` returns them.
        width: w, which is even or odd.
    """
    cosine, sine = _waves(ops.shape(real)[1], ops.shape(real)[1])
    real, imaginary = (
        _down(cosine, real) - _down(sine, imaginary),
        _down(cosine, imaginary) + _down(sine, real),
    )
    columns = width // 2 + 1
    cosine, sine = _waves(columns, width)
    # Half of the columns are there: each of the others is the conjugate of one. But the first has no such partner, nor
    # has the last one of an even width.
    number = ops.arange(columns)
    alone = ops.logical_or(ops.equal(number, 0), ops.equal(2 * number, width))
    weight = ops.reshape(ops.where(alone, 1.0, 2.0), (-1, 1))
    return ops.einsum("kw,bhkc->bhwc", weight * cosine, real) - ops.einsum("kw,bhkc->bhwc", weight * sine, imaginary)


@keras.saving.register_keras_serializable(package="multigan_inpaint")
class RealFourier(keras.layers.Layer):
    """`rfft2` as a layer: `(batch, h, w, c)` to `(batch, h, w // 2 + 1, 2 c)`, real parts before imaginary ones."""

    def __init__(self, **kwargs):
        kwargs.setdefault("dtype", "float32")  # sums over all places are not for half precision
        super().__init__(**kwargs)

    def call(self, inputs):
        """Applies it."""
        return ops.concatenate(rfft2(inputs), axis=-1)

    def compute_output_shape(self, input_shape):
        """See the class."""
        batch, height, width, channels = input_shape
        return batch, height, None if width is None else width // 2 + 1, 2 * channels


@keras.saving.register_keras_serializable(package="multigan_inpaint")
class InverseRealFourier(keras.layers.Layer):
    """`irfft2` as a layer: what `RealFourier` returns, and something that has the size of the outcome, to
    `(batch, h, w, c)`.
    """

    def __init__(self, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)

    def call(self, inputs):
        """Applies it."""
        spectrum, like = inputs
        return irfft2(*ops.split(spectrum, 2, axis=-1), ops.shape(like)[2])

    def compute_output_shape(self, input_shape):
        """See the class."""
        spectrum, like = input_shape
        return *like[:3], spectrum[-1] // 2


def _down(wave, x):
    return ops.einsum("gh,bhkc->bgkc", wave, x)


def _waves(count, length):
    """Cosines and sines of `count` frequencies at `length` places, `(count, length)` each, over the root of length."""
    turns = ops.reshape(ops.arange(count), (-1, 1)) * ops.reshape(ops.arange(length), (1, -1))
    # Whole turns are taken off while the numbers are whole: an angle of thousands of turns would have no digits left.
    angle = ops.cast(ops.mod(turns, length), "float32") * (2.0 * math.pi / ops.cast(length, "float32"))
    scale = ops.rsqrt(ops.cast(length, "float32"))
    return scale * ops.cos(angle), scale * ops.sin(angle)
