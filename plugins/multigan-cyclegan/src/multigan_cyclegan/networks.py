"""The generator of both recipes, and what it is measured by on the way."""

import keras
from keras import layers, ops

from multigan import InstanceNormalization
from multigan_cyclegan.colours import LinearColours

__all__ = ["MULTIPLE", "resnet_generator", "taps_of"]

# Two layers halve a picture, and two double it again.
MULTIPLE = 4
# Of kernels; the last one of a network that begins with a map of colours adds hardly anything to it at first.
DEVIATION, LAST = 0.02, 0.001


def resnet_generator(
    given: int,
    made: int,
    width: int,
    blocks: int,
    upsampling: str = "transposed",
    colours: bool = False,
    name: str = "generator",
) -> keras.Model:
    """Pictures `(batch, h, w, given)` to pictures `(batch, h, w, made)` in [-1, 1], of any size that 4 divides.

    A convolution of 7 pixels, two that halve, residual blocks, two that double, a convolution of 7 pixels, tanh;
    instance norm without scale and offset, ReLU; what lies beyond the edge is mirrored.

    Args:
        given, made: channels.
        width: channels of the outermost layers; four times as many in the residual blocks.
        blocks: residual blocks.
        upsampling: "transposed": transposed convolutions, the paper's; "resize": nearest neighbours and a convolution.
        colours: it begins with a linear map of colours, its layer `{name}_colours`, and learns what to add; takes
            pictures that have as many channels as those it makes.
        name: of the network.

    Reference: Zhu et al., 2017, arXiv 1703.10593, section 7.2, after Johnson et al., 2016, arXiv 1603.08155.
    """
    x = inputs = keras.Input((None, None, given), name="source")
    x = _normalised(_convolution(width, 7)(_mirrored(x, 3)))
    for number, channels in enumerate((2 * width, 4 * width), 1):
        x = _normalised(_convolution(channels, 3, 2, padding="same", name=f"{name}_down_{number}")(x))
    for number in range(1, blocks + 1):
        y = _normalised(_convolution(4 * width, 3)(_mirrored(x, 1)))
        y = InstanceNormalization()(_convolution(4 * width, 3)(_mirrored(y, 1)))
        x = layers.Add(name=f"{name}_block_{number}")([x, y])
    for channels in (2 * width, width):
        if upsampling == "resize":
            x = _convolution(channels, 3)(_mirrored(layers.UpSampling2D(2)(x), 1))
        else:
            x = _convolution(channels, 3, 2, kind=layers.Conv2DTranspose, padding="same")(x)
        x = _normalised(x)
    x = _convolution(made, 7, bias=True, deviation=LAST if colours else DEVIATION)(_mirrored(x, 3))
    if colours:
        x = layers.Add(dtype="float32")([x, LinearColours(name=f"{name}_colours")(inputs)])
    return keras.Model(inputs, layers.Activation("tanh", dtype="float32")(x), name=name)


def taps_of(generator: keras.Model, blocks: int, name: str = "generator") -> list:
    """Returns what a generator's first half makes of a picture: its pixels, what each halving layer makes of them, and
    what the first block and the middle one do, the fifth of nine (arXiv 2007.15651, section 3.2). Of a single block
    there is no middle one.
    """
    inner = [f"{name}_block_{number}" for number in sorted({1, blocks // 2 + 1})]
    names = [f"{name}_down_1", f"{name}_down_2", *inner]
    return [generator.inputs[0], *(generator.get_layer(each).output for each in names)]


def _normalised(x):
    return layers.ReLU()(InstanceNormalization()(x))


def _mirrored(x, pixels):
    return ops.pad(x, ((0, 0), (pixels, pixels), (pixels, pixels), (0, 0)), mode="reflect")


def _convolution(
    channels, kernel, strides=1, *, kind=layers.Conv2D, padding="valid", bias=False, deviation=DEVIATION, name=None
):
    # Instance norm takes a bias out again.
    initial = keras.initializers.RandomNormal(0.0, deviation)
    return kind(channels, kernel, strides, padding=padding, use_bias=bias, kernel_initializer=initial, name=name)
