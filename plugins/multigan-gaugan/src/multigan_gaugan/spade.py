"""The generator of GauGAN: residual blocks whose normalised features get their scale and offset from a label map."""

from collections.abc import Callable, Sequence

import keras
from keras import layers, ops

from multigan import BatchNormalization, InstanceNormalization, SpectralNormalization, stage_sizes

__all__ = ["encoded", "modulated", "painter", "seen_in", "spade", "widths_of"]

# Of the weights by which layers hear z: larger ones drown the map at first, and it is learned late.
SMALL = 0.01


def encoded(source, count: int):
    """Returns label maps `(batch, height, width)`, int32, as float32 `(batch, height, width, count)`: one-hot, and
    all 0 where a map says 255, or no class of these.
    """
    # A class more, for none, which is cut off again: what one-hot does beyond its classes differs between backends.
    return ops.one_hot(ops.minimum(source, count), count + 1, dtype="float32")[..., :count]


def widths_of(size: Sequence[int], width: int, widest: int = 16) -> list[int]:
    """Returns the channels of each block, from the innermost to the outermost: at 256 pixels the paper's 16, 16, 16, 8,
    4, 2 and 1 times the width.

    Args:
        size: of the pictures.
        width: channels of the outermost block.
        widest: the innermost layers have that many times as many, at most (16 in arXiv 1903.07291, appendix).
    """
    count = len(stage_sizes(*size))
    return [width * min(widest, 2**level) for level in reversed(range(count))]


def spade(x, classes, hidden: int, norm: str, style=None):
    """SPADE: normalises without parameters, then norm(x) * (1 + gamma(map)) + beta(map).

    Args:
        x: features `(batch, height, width, channels)`.
        classes: the label map at their size, one-hot `(batch, height, width, count)`.
        hidden: channels of the convolution that gamma and beta share.
        norm: "instance" or "batch".
        style: z `(batch, length)`, which gamma and beta depend on as well; None: on the map alone.

    Reference: Park et al., 2019, arXiv 1903.07291, equation 1; the style is not theirs.
    """
    return modulated(x, seen_in(classes, hidden, style), norm, kernel=3)


def seen_in(classes, hidden: int, style=None):
    """Returns what a convolution sees in a map and hears in a style, `(batch, height, width, hidden)`; see `spade`."""
    seen = layers.Conv2D(hidden, 3, padding="same")(classes)
    if style is not None:
        small = keras.initializers.RandomNormal(0.0, SMALL)
        heard = layers.Dense(hidden, use_bias=False, kernel_initializer=small)(style)
        seen = seen + layers.Reshape((1, 1, hidden))(heard)
    return layers.ReLU()(seen)


def modulated(x, seen, norm: str, kernel: int):
    """Returns norm(x) * (1 + gamma) + beta, both from what is seen by a convolution of `kernel` pixels; see `spade`."""
    both = layers.Conv2D(2 * x.shape[-1], kernel, padding="same")(seen)
    gamma, beta = ops.split(both, 2, axis=-1)
    return _normalised(x, norm) * (1.0 + gamma) + beta


def painter(
    size: Sequence[int],
    count: int,
    channels: int,
    *,
    width: int,
    hidden: int,
    latent_dim: int,
    norm: str,
    everywhere: bool,
    shared: bool = False,
    widest: int = 16,
) -> keras.Model:
    """Returns the network `[z, source]` to pictures `(batch, height, width, channels)` in [-1, 1].

    z becomes a map of 3 to 8 pixels; residual blocks, with nearest up-sampling between them; a convolution, tanh.

    The paper's blocks see the map anew before each convolution, and where they are narrow this costs several times what
    the convolutions do. Where it is shared, a block sees it once, each of its layers takes scale and offset from there
    pixel by pixel, the short way is a convolution alone, and the map has a part in the first features.

    Args:
        size: height and width of the pictures, and of the label maps.
        count: of classes.
        channels: of the pictures.
        width: channels of the outermost block.
        hidden: see `spade`.
        latent_dim: of z.
        norm: see `spade`.
        everywhere: whether every layer hears z, or the first map alone.
        shared: whether the layers of a block see the map together; the paper's see it each by itself.
        widest: see `widths_of`.

    Raises:
        UsageError: a size that cannot be halved down to so few pixels.
    """
    sizes, widths = stage_sizes(*size), widths_of(size, width, widest)
    z = keras.Input((latent_dim,), name="z")
    source = keras.Input(tuple(size), name="source", dtype="int32")
    style = z if everywhere else None
    x = layers.Dense(sizes[0][0] * sizes[0][1] * widths[0])(z)
    x = layers.Reshape((*sizes[0], widths[0]))(x)
    for level, filters in enumerate(widths):
        if level:
            x = layers.UpSampling2D(2)(x)
        classes = encoded(_reduced(source, 2 ** (len(sizes) - 1 - level)), count)
        if not shared:
            x = _block(x, filters, lambda x, maps=classes: spade(x, maps, hidden, norm, style))
            continue
        if not level:
            x = x + layers.Conv2D(filters, 3, padding="same")(classes)
        seen = seen_in(classes, hidden, style)
        x = _block(x, filters, lambda x, seen=seen: modulated(x, seen, norm, kernel=1), plain=True)
    x = layers.Conv2D(channels, 3, padding="same")(layers.LeakyReLU(0.2)(x))
    return keras.Model([z, source], layers.Activation("tanh", dtype="float32")(x), name="painter")


def _block(x, filters: int, norm: Callable, plain: bool = False):
    """A residual block; where the number of channels changes, the short way is learned as well.

    Args:
        x: features.
        filters: channels of what it makes.
        norm: normalises features, by the map.
        plain: the short way is not normalised.
    """
    between, short = min(x.shape[-1], filters), x
    if x.shape[-1] != filters:
        short = _convolution(filters, 1)(x if plain else norm(x))
    for channels in (between, filters):
        x = _convolution(channels, 3)(layers.LeakyReLU(0.2)(norm(x)))
    return layers.Add()([short, x])


def _reduced(source, factor: int):
    """Label maps made smaller by taking, of each block of pixels, the one in the middle: classes are never mixed."""
    return source if factor == 1 else source[:, factor // 2 :: factor, factor // 2 :: factor]


def _normalised(x, norm: str):
    if norm == "instance":
        return InstanceNormalization()(x)
    return BatchNormalization(momentum=0.9, epsilon=1e-5, center=False, scale=False)(x)


def _convolution(filters: int, kernel: int):
    # The norm that follows would take a bias out again.
    return SpectralNormalization(layers.Conv2D(filters, kernel, padding="same", use_bias=False))
