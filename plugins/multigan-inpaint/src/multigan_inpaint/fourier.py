"""LaMa's generator, whose convolutions see the whole picture (Suvorov et al., 2021, arXiv 2109.07161)."""

import keras
from keras import layers, ops

from multigan import BatchNormalization
from multigan_inpaint.inputs import finished, picture_inputs
from multigan_inpaint.smooth import first_look
from multigan_inpaint.spectrum import InverseRealFourier, RealFourier

__all__ = ["fourier_generator"]

# Of the channels, that see all places at once.
GLOBAL = 0.75


def fourier_generator(
    channels: int, width: int, downs: int, blocks: int, start: str, norm: str = "none"
) -> keras.Model:
    """Returns the network from a picture with a hole, and the hole's mask, to a picture of any size that 2^downs
    divides.

    Args:
        channels: of a picture.
        width: channels of the first layer; doubled at each halving.
        downs: how often the sides are halved.
        blocks: residual blocks at the smallest size, of two Fourier convolutions each.
        start: "smooth" or "empty", as `first_look` has it.
        norm: "none", with ELU, or "batch", the paper's, with ReLU.
    """
    inputs = picture_inputs(channels)
    seen, guess = first_look(inputs, start)
    activated = {"none": lambda x: layers.ELU()(x), "batch": _normalised}[norm]
    bias = norm == "none"
    x = activated(layers.Conv2D(width, 7, use_bias=bias)(_mirrored(seen, 3)))
    for level in range(1, downs + 1):
        x = activated(layers.Conv2D(width * 2**level, 3, 2, padding="same", use_bias=bias)(x))
    wide = width * 2**downs
    near, far = ops.split(x, [max(1, wide - round(GLOBAL * wide))], axis=-1)
    for _ in range(blocks):
        new = _convolution(*_convolution(near, far, activated, bias), activated, bias)
        near, far = layers.Add()([near, new[0]]), layers.Add()([far, new[1]])
    x = layers.Concatenate()([near, far])
    for level in range(downs - 1, -1, -1):
        x = activated(layers.Conv2DTranspose(width * 2**level, 3, 2, padding="same", use_bias=bias)(x))
    return keras.Model(inputs, finished(_mirrored(x, 3), channels, 7, guess), name="generator")


def _convolution(near, far, activated, bias):
    """A fast Fourier convolution: both parts by a kernel of 3 x 3 from either, but far from far through the spectrum.

    arXiv 2109.07161, figure 2; Chi et al., 2020, "Fast Fourier Convolution".
    """
    kernel = {"kernel_size": 3, "padding": "same"}
    new = layers.Conv2D(near.shape[-1], **kernel, use_bias=bias)(layers.Concatenate()([near, far]))
    other = layers.Add()([layers.Conv2D(far.shape[-1], **kernel, use_bias=bias)(near), _spectral(far, activated, bias)])
    return activated(new), activated(other)


def _spectral(x, activated, bias):
    """Half as many channels, themselves and what a kernel of one place makes of their spectrum, and back to all."""
    channels = x.shape[-1]
    half = activated(layers.Conv2D(max(channels // 2, 1), 1, use_bias=bias)(x))
    spectrum = RealFourier()(half)
    spectrum = activated(layers.Conv2D(spectrum.shape[-1], 1, use_bias=bias)(spectrum))
    seen = InverseRealFourier()([spectrum, half])
    return layers.Conv2D(channels, 1, use_bias=False)(layers.Add()([half, seen]))


def _normalised(x):
    return layers.ReLU()(BatchNormalization(momentum=0.9, epsilon=1e-5)(x))


def _mirrored(x, pixels):
    return ops.pad(x, ((0, 0), (pixels, pixels), (pixels, pixels), (0, 0)), mode="reflect")
