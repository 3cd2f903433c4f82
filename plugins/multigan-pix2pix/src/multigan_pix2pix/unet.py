"""The U-Net of pix2pix (arXiv 1611.07004): from what goes in, of any size that its depth divides, to a picture."""

from collections.abc import Sequence
from statistics import NormalDist

import keras
from keras import layers, ops

from multigan import BatchNormalization, Field, InstanceNormalization, UsageError
from multigan_pix2pix.colour import keep_luminance
from multigan_pix2pix.upward import Upward

__all__ = ["depth_of", "encoded", "noise_length", "unet", "width_of"]

DEEPEST = 8
# Where both sides halve so often, the innermost map may be larger than this.
DEEP, SMALL = 5, 8
# How many of the inner stages on the way up have dropout.
DROPPED = 3


def width_of(size: Sequence[int], width: int) -> int:
    """Returns the channels of the outermost layers: `width`, or where it is 0 the paper's 64, and 32 below 128 pixels.

    A step at 64 x 64 is then a quarter of the work, so that a run takes minutes on a CPU.
    """
    return width or (64 if min(size) >= 128 else 32)


def depth_of(size: Sequence[int], name: str) -> int:
    """Returns how often pictures of (height, width) are halved: as often as both sides divide, 8 times at most.

    Args:
        size: height and width.
        name: of the data, for errors.

    Raises:
        UsageError: sides that do not halve often enough for the network to see the whole picture.
    """
    height, width = size
    depth = 0
    while depth < DEEPEST and not (height % 2 ** (depth + 1) or width % 2 ** (depth + 1)):
        depth += 1
    if depth >= 2 and (depth >= DEEP or min(size) >> depth <= SMALL):
        return depth
    step = 32 if min(size) >= 64 else 16 if min(size) >= 32 else 8
    near = "x".join(str(max(1, round(side / step)) * step) for side in size)
    raise UsageError(
        f"{name}: pictures of {height} x {width} cannot be halved often enough for a U-Net; choose a size such as "
        f"-o size={near}"
    )


def encoded(source, field: Field):
    """Returns what goes in as a network sees it: pictures as they are; label maps `(batch, height, width)` as float32
    `(batch, height, width, classes)`, one-hot, and all 0 where a map says 255, or no class of these.
    """
    if field.kind == "picture":
        return source
    count = len(field.classes)
    # A class more, for none, which is cut off again: what one-hot does beyond its classes differs between backends.
    return ops.one_hot(ops.minimum(source, count), count + 1, dtype="float32")[..., :count]


def noise_length(width: int, depth: int) -> int:
    """Returns how many channels of a U-Net have dropout."""
    return sum(_channels(width, level - 1) for level in _dropped(depth))


def unet(
    field: Field, channels: int, *, width: int, depth: int, norm: str, dropout: float, noise: bool, luminance: bool,
    seed: int,
) -> keras.Model:  # fmt: skip
    """Returns the network from `field` to pictures `(batch, height, width, channels)` in [-1, 1].

    Args:
        field: what goes in: pictures, or label maps.
        channels: of the pictures.
        width: channels of the outermost layer; doubled at every layer, up to eight times as many.
        depth: how often it halves; inputs have sides that 2 to this power divides.
        norm: "instance" or "batch".
        dropout: the share that is dropped in the inner three stages on the way up.
        noise: whole channels are dropped, by an input `noise`, normal `(batch, noise_length)`, which comes first; and
            so they are when samples are drawn. Without it single numbers are, while it trains.
        luminance: what goes in is grey, and the luminance of what comes out is its own.
        seed: of the dropout.
    """
    shape = (None, None, field.shape[2]) if field.kind == "picture" else (None, None)
    source = keras.Input(shape, name=field.name, dtype="float32" if field.kind == "picture" else "int32")
    drawn = keras.Input((noise_length(width, depth),), name="noise") if noise else None
    x, skips, taken = encoded(source, field), [], 0
    for level in range(depth):
        # The first has no norm, and neither has the innermost: of a map of one pixel nothing would be left.
        plain = level in (0, depth - 1)
        x = _convolution(layers.Conv2D, _channels(width, level), plain)(x)
        x = x if plain else _norm(norm)(x)
        # On the way up all goes through ReLU, which makes the same of x before this and after it.
        x = x if level == depth - 1 else layers.LeakyReLU(0.2)(x)
        skips.append(x)
    for level in range(depth - 1, 0, -1):
        count = _channels(width, level - 1)
        x = _norm(norm)(_convolution(Upward, count, False)(layers.ReLU()(x)))
        if dropout and level in _dropped(depth):
            if noise:
                x = x * _kept(drawn[:, taken : taken + count], dropout)
                taken += count
            else:
                x = layers.Dropout(dropout, seed=seed * DEEPEST + level)(x)
        x = layers.Concatenate()([x, skips[level - 1]])
    x = _convolution(Upward, channels, True)(layers.ReLU()(x))
    x = layers.Activation("tanh", dtype="float32")(x)
    x = keep_luminance(source, x) if luminance else x
    return keras.Model([drawn, source] if noise else source, x, name="generator")


def _channels(width: int, level: int) -> int:
    return width * 2 ** min(level, 3)


def _dropped(depth: int) -> range:
    """The levels from which the inner stages go up."""
    return range(max(1, depth - DROPPED), depth)


def _kept(drawn, share):
    """0 where a channel is dropped, and so much more where it is kept that the mean stays, `(batch, 1, 1, count)`."""
    kept = ops.cast(drawn > NormalDist().inv_cdf(share), drawn.dtype) / (1.0 - share)
    return ops.expand_dims(kept, (1, 2))


def _convolution(kind, channels, bias):
    initial = keras.initializers.RandomNormal(0.0, 0.02)
    return kind(channels, 4, 2, padding="same", use_bias=bias, kernel_initializer=initial)


def _norm(kind):
    if kind == "instance":
        return InstanceNormalization(center=True, scale=True)
    return BatchNormalization(momentum=0.9, epsilon=1e-5)
