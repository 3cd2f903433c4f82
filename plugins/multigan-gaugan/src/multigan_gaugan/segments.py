"""A discriminator that reads the label map in a picture, pixel by pixel, and says "generated" where it is: OASIS's."""

from collections.abc import Sequence

import keras
from keras import layers, ops

from multigan import SpectralNormalization, stage_sizes

__all__ = ["balance", "reading_critic", "reading_generator", "segment_critic"]


def segment_critic(shape: Sequence[int], count: int, *, width: int, name: str = "discriminator") -> keras.Model:
    """Returns the network from pictures `(batch, *shape)` to what its layers make of them and, last, the logits
    `(batch, height, width, count + 1)` of each pixel: of the classes, and of being generated.

    A U-Net: strided convolutions down to 3 to 8 pixels, and back with what each size saw on the way; all kernels have
    spectral norm, and nothing else is normalised.

    Args:
        shape: height, width and channels of the pictures.
        count: of classes.
        width: channels at full size; doubled at each halving, up to eight times as many.
        name: of the network.

    Reference: Schoenfeld et al., 2021, arXiv 2012.04781, section 3.1; theirs has residual blocks.
    """
    pictures = keras.Input(tuple(shape))
    halvings = len(stage_sizes(*shape[:2])) - 1
    widths = [width * 2 ** min(level, 3) for level in range(halvings + 1)]
    x = _activated(_convolution(widths[0], 3)(pictures))
    seen = [x]
    for channels in widths[1:]:
        x = _activated(_convolution(channels, 4, 2)(x))
        seen.append(x)
    for channels, earlier in zip(reversed(widths[:-1]), reversed(seen[:-1]), strict=True):
        x = layers.Concatenate()([layers.UpSampling2D(2)(x), earlier])
        x = _activated(_convolution(channels, 3)(x))
    logits = layers.Activation("linear", dtype="float32")(_convolution(count + 1, 1)(x))
    return keras.Model(pictures, logits, name=name)


def balance(classes):
    """Returns a weight for each pixel, `(batch, height, width)`, so that each class that a batch has counts for the
    same, however rare: the mean of all is 1, and that of pixels without a class is 0.

    Args:
        classes: one-hot `(batch, height, width, count)`, all 0 where nothing is known.

    Reference: arXiv 2012.04781, equation 1.
    """
    often = ops.sum(classes, axis=(0, 1, 2))
    occurring = ops.cast(often > 0, "float32")
    each = occurring * ops.sum(often) / (ops.maximum(often, 1.0) * ops.maximum(ops.sum(occurring), 1.0))
    known = ops.sum(classes, axis=-1)
    share = ops.mean(known)
    return ops.sum(classes * each, axis=-1) / ops.maximum(share, 1e-6)


def reading_generator(logits, classes):
    """The generator's loss, a scalar: generated pixels are to be read as the classes that they were painted for.

    Args:
        logits: of generated pictures, see `segment_critic`.
        classes: what they were painted for, one-hot; see `balance`.

    Reference: arXiv 2012.04781, equation 2.
    """
    told = _log_probabilities(logits)[..., :-1]
    return -ops.mean(balance(classes) * ops.sum(classes * told, axis=-1))


def reading_critic(real, fake, classes):
    """The discriminator's loss, a scalar: real pixels are of their classes, generated ones are generated.

    Args:
        real, fake: logits of real and of generated pictures, see `segment_critic`.
        classes: the label maps of the real ones, one-hot; see `balance`.

    Reference: arXiv 2012.04781, equation 1.
    """
    return reading_generator(real, classes) - ops.mean(_log_probabilities(fake)[..., -1])


def _log_probabilities(logits):
    return ops.log_softmax(ops.cast(logits, "float32"), axis=-1)


def _activated(x):
    return layers.LeakyReLU(0.2)(x)


def _convolution(channels: int, kernel: int, strides: int = 1):
    return SpectralNormalization(layers.Conv2D(channels, kernel, strides, padding="same"))
