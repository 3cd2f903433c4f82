"""DeepFill's generator: convolutions that learn where to look (Yu et al., 2018, arXiv 1806.03589)."""

import keras
from keras import layers, ops

from multigan_inpaint.inputs import composite, finished, picture_inputs
from multigan_inpaint.smooth import first_look

__all__ = ["gate", "gated_generator"]

# How far apart the places lie that a kernel of the middle layers sees, layer by layer.
DILATIONS = 2, 4, 8, 16
HALVED = 4
# Of kernels: a gate that is half open lets a fifth of the variance through, and without norms some sixteen layers would
# leave nothing. 1 / (E[elu(x)^2] E[sigmoid(y)^2]) of normal x and y.
SCALE = 5.3


def gate(x):
    """Returns ELU of the first half of the channels times the sigmoid of the second: `(..., 2 c)` to `(..., c)`."""
    features, open_ = ops.split(x, 2, axis=-1)
    return ops.elu(features) * ops.sigmoid(open_)


def gated_generator(channels: int, width: int, stages: int, side: int, start: str) -> keras.Model:
    """Returns the network from a picture with a hole, and the hole's mask, to a picture of any size that 4 divides.

    With two stages it returns `[coarse, fine]`: the second sees what the first has put into the hole. Contextual
    attention is left out.

    Args:
        channels: of a picture.
        width: channels of the first layer (24 in the paper).
        stages: 1 or 2.
        side: the shorter side of the pictures that it learns on, in pixels: wider dilations than their middle layers
            would see nothing.
        start: "smooth" or "empty", as `first_look` has it.
    """
    inputs = picture_inputs(channels)
    dilations = [each for each in DILATIONS if each < side // HALVED] or [1]
    seen, guess = first_look(inputs, start)
    made = [_stage(seen, guess, channels, width, dilations)]
    for _ in range(stages - 1):
        # The paper's refining network learns through the coarse one as well.
        filled = composite(inputs[0], inputs[1], made[-1])
        seen = layers.Concatenate()([filled, inputs[1]])
        made.append(_stage(seen, None if guess is None else filled, channels, width, dilations))
    return keras.Model(inputs, made if len(made) > 1 else made[0], name="generator")


def _stage(x, guess, channels, width, dilations):
    x = _convolution(x, width, 5)
    x = _convolution(x, 2 * width, strides=2)
    x = _convolution(x, 2 * width)
    x = _convolution(x, 4 * width, strides=2)
    x = _convolution(x, 4 * width)
    x = _convolution(x, 4 * width)
    for dilation in dilations:
        x = _convolution(x, 4 * width, dilation=dilation)
    x = _convolution(x, 4 * width)
    x = _convolution(x, 4 * width)
    for outer in (2 * width, width):
        x = _convolution(layers.UpSampling2D()(x), outer)
        x = _convolution(x, max(outer // 2, 1) if outer == width else outer)
    return finished(layers.ZeroPadding2D()(x), channels, 3, guess)


def _convolution(x, channels, kernel=3, strides=1, dilation=1):
    initial = keras.initializers.VarianceScaling(SCALE, "fan_in", "untruncated_normal")
    options = {"padding": "same", "dilation_rate": dilation, "kernel_initializer": initial}
    return gate(layers.Conv2D(2 * channels, kernel, strides, **options)(x))
