"""Discriminators of patches: a score for each place of a picture, pix2pix's and CycleGAN's."""

from collections.abc import Sequence

import keras
from keras import layers, ops

from multigan.engine.layers import BatchNormalization, InstanceNormalization, SpectralNormalization

__all__ = ["feature_matching", "patch_critic", "patch_depth", "patch_size"]

NORMS = ("instance", "batch", "spectral", "spectral-instance", "none")


def patch_depth(height: int, width: int) -> int:
    """Returns how many layers halve a picture, so that patches are smaller than it: 1 below 64 pixels, 2 below 128, 3
    from there on, as in pix2pix.
    """
    return 1 + (min(height, width) >= 64) + (min(height, width) >= 128)


def patch_size(depth: int) -> int:
    """Returns the side of the patch that a score sees, in pixels: 16, 34, 70, 142 for depths of 1 to 4."""
    side = 7  # two convolutions of 4 pixels that halve nothing
    for _ in range(depth):
        side = 2 * side + 2
    return side


def patch_critic(
    *shapes: Sequence[int],
    width: int = 64,
    depth: int | None = None,
    norm: str = "instance",
    features: bool = False,
    bias: bool = True,
    name: str = "discriminator",
) -> keras.Model:
    """PatchGAN (arXiv 1611.07004): pictures to scores `(batch, h, w, 1)`, one for each patch of `patch_size(depth)`.

    Args:
        shapes: `(height, width, channels)` of each picture that is judged; several, which have one size, are given as a
            list and seen together. Height and width may be None if `depth` is given.
        width: channels of the first layer; doubled at every layer, up to eight times as many.
        depth: layers that halve; None: `patch_depth` of the size.
        norm: between convolutions and activations, but for the first and the last: "instance" (arXiv 1607.08022),
            "batch", "spectral" (of every kernel, arXiv 1802.05957), "spectral-instance" (of the kernels between the
            first and the last, then instance norm, which gives back the size that features lose layer by layer: arXiv
            1903.07291) or "none".
        features: return what each hidden layer makes as well, `[first, ..., last, scores]`; see `feature_matching`.
        bias: of the scores; a relativistic loss, which subtracts scores, gives it no gradient.
        name: of the network.

    Raises:
        ValueError: a norm that is none of these, no shape, or shapes of several sizes.
    """
    if norm not in NORMS:
        raise ValueError(f"norm {norm!r}: not one of {', '.join(NORMS)}")
    if len({tuple(shape[:2]) for shape in shapes}) != 1:
        raise ValueError(f"shapes {shapes}: a discriminator of patches sees pictures of one size together")
    depth = patch_depth(*shapes[0][:2]) if depth is None else depth
    inputs, hidden = [keras.Input(tuple(shape)) for shape in shapes], []
    x = layers.Concatenate()(inputs) if len(inputs) > 1 else inputs[0]
    for layer in range(depth + 1):
        # Batch and instance norm take a bias out again.
        kept, bounded = not layer or norm in ("spectral", "none"), norm == "spectral" or (layer and "spectral" in norm)
        x = _convolution(width * 2 ** min(layer, 3), 2 if layer < depth else 1, bounded, kept)(x)
        if layer and "instance" in norm:
            x = InstanceNormalization()(x)
        elif layer and norm == "batch":
            x = BatchNormalization(momentum=0.9, epsilon=1e-5)(x)
        x = layers.LeakyReLU(0.2)(x)
        hidden.append(x)
    scores = layers.Activation("linear", dtype="float32")(_convolution(1, 1, norm == "spectral", bias)(x))
    given = inputs if len(inputs) > 1 else inputs[0]
    return keras.Model(given, [*hidden, scores] if features else scores, name=name)


def feature_matching(real: Sequence, fake: Sequence):
    """Returns the mean distance of what a discriminator's layers make of real pictures and of generated ones, a scalar
    (arXiv 1711.11585).

    Args:
        real, fake: what `patch_critic(features=True)` returns, with or without the scores at the end. No gradient goes
            through `real`.
    """
    pairs = zip(real, fake, strict=True)
    apart = [
        ops.mean(ops.abs(ops.stop_gradient(ops.cast(one, "float32")) - ops.cast(other, "float32")))
        for one, other in pairs
    ]
    return sum(apart) / len(apart)


def _convolution(channels, strides, bounded, bias):
    initial = keras.initializers.RandomNormal(0.0, 0.02)
    layer = layers.Conv2D(channels, 4, strides, padding="same", use_bias=bias, kernel_initializer=initial)
    return SpectralNormalization(layer) if bounded else layer
