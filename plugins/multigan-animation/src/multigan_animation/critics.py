"""Discriminators of clips, which see time in one of four ways."""

import keras
from keras import layers, ops

from multigan import (
    Condition,
    LeakyReLU,
    MinibatchStandardDeviation,
    SpectralNormalization,
    convolutional_critic,
    stage_sizes,
)

__all__ = ["clip_critic", "frame_critic", "shifted"]

# Channels that come from the frame before, and as many from the one after.
SHIFTED = 4


def clip_critic(
    shape: tuple[int, int, int, int],
    form: str,
    width: int,
    *,
    norm: str,
    minibatch_stddev: bool = False,
    condition: Condition | None = None,
) -> keras.Model:
    """Returns the network from clips `(batch, *shape)` (and labels) to scores `(batch, 1)`.

    Space is halved at every stage; but in "stack", time is halved at every stage but the first.

    Args:
        shape: frames, height, width, channels.
        form: "stack": frames are channels of one picture; "shift": 2-D convolutions, before which a quarter of the
            channels comes from the frame before and a quarter from the one after (arXiv 1811.08383); "2+1d":
            convolutions of space, each followed by one of time (arXiv 1711.11248); "3d": of both (arXiv 1707.04993).
        width: channels of the first stage; doubled at every stage.
        norm: "spectral" or "batch".
        minibatch_stddev: a channel with the batch's deviation before the last layer (arXiv 1710.10196).
        condition: meets the features in a dot product (arXiv 1802.05637).
    """
    frames, height, across, channels = shape
    clip = keras.Input(tuple(shape), name="clip")
    given = [clip, condition.input()] if condition else [clip]
    if form == "stack":
        picture = layers.Reshape((height, across, frames * channels))(layers.Permute((2, 3, 1, 4))(clip))
        network = convolutional_critic(
            (height, across, frames * channels),
            width,
            norm=norm,
            minibatch_stddev=minibatch_stddev,
            condition=condition,
            projection=bool(condition),
        )
        score = network([picture, given[1]] if condition else picture)
        return keras.Model(given if condition else clip, score, name="clips")
    wrap = SpectralNormalization if norm == "spectral" else lambda layer: layer
    x = clip
    for stage in range(len(stage_sizes(height, across)) - 1):
        x = _FORMS[form](x, width * 2**stage, bool(stage), wrap, norm != "batch")
        if stage and norm == "batch":
            x = layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)
        x = LeakyReLU(0.2)(x)
    x = MinibatchStandardDeviation()(x) if minibatch_stddev else x
    features = layers.Flatten()(x)
    score = wrap(layers.Dense(1, use_bias=False, kernel_initializer=_normal()))(features)
    if condition:
        vector = condition.encode(given[1])
        embedded = wrap(layers.Dense(features.shape[-1], use_bias=False, kernel_initializer=_normal()))(vector)
        score = layers.Add()([score, layers.Dot(axes=1)([embedded, features])])
    return keras.Model(given if condition else clip, score, name="clips")


def frame_critic(
    shape: tuple[int, int, int, int], width: int, *, norm: str, minibatch_stddev: bool = False, compared: bool = True
) -> keras.Model:
    """Returns the network from some frames of each clip `(batch, *shape)` to a score for each `(batch, frames)`.

    A score is what a discriminator of pictures makes of the frame. Where frames are compared, the dot product with what
    the clip's other frames are is added to it, as with a condition (arXiv 1802.05637): features are summed over all
    places, so that the same thing is the same wherever it is, and what turns into something else on its way is seen.

    Args:
        shape: frames, height, width, channels.
        width: channels of the first stage; doubled at every stage.
        norm: "spectral" or "batch".
        minibatch_stddev: a channel with the batch's deviation before the last layer (arXiv 1710.10196).
        compared: whether frames of one clip are compared; of one frame there is nothing to compare.
    """
    frames, height, across, channels = shape
    wrap = SpectralNormalization if norm == "spectral" else lambda layer: layer
    given = keras.Input(tuple(shape), name="frames")
    x = ops.reshape(given, (-1, height, across, channels))
    for stage in range(len(stage_sizes(height, across)) - 1):
        x = wrap(_convolution(layers.Conv2D, width * 2**stage, 4, 2, norm != "batch"))(x)
        if stage and norm == "batch":
            x = layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)
        x = LeakyReLU(0.2)(x)
    features = x
    x = MinibatchStandardDeviation()(x) if minibatch_stddev else x
    score = wrap(layers.Dense(1, use_bias=False, kernel_initializer=_normal()))(layers.Flatten()(x))
    score = ops.reshape(score, (-1, frames))
    if compared and frames > 1:
        what = ops.sum(features, axis=(1, 2))
        what = wrap(layers.Dense(features.shape[-1], use_bias=False, kernel_initializer=_normal()))(what)
        what = ops.reshape(what, (-1, frames, features.shape[-1]))
        others = (ops.sum(what, axis=1, keepdims=True) - what) / (frames - 1)
        score = score + ops.sum(what * others, axis=-1)
    return keras.Model(given, score, name="frames")


def shifted(x):
    """Returns features `(batch, frames, height, width, channels)` of which the first quarter of the channels is the
    frame before's and the next one the frame after's; beyond the ends there are zeros (arXiv 1811.08383).
    """
    part = max(1, x.shape[-1] // SHIFTED)
    before, after = x[:, :-1, ..., :part], x[:, 1:, ..., part : 2 * part]
    still = [[0, 0]] * 3
    before = ops.pad(before, [[0, 0], [1, 0], *still])
    after = ops.pad(after, [[0, 0], [0, 1], *still])
    return ops.concatenate([before, after, x[..., 2 * part :]], axis=-1)


def _shift(x, filters, halved, wrap, bias):
    x = shifted(x) if x.shape[-1] >= SHIFTED else x
    x = _apart(x, wrap(_convolution(layers.Conv2D, filters, 4, 2, bias)))
    return _halved(x) if halved else x


def _apart_in_time(x, filters, halved, wrap, bias):
    x = _apart(x, wrap(_convolution(layers.Conv2D, filters, 4, 2, False)))
    frames, height, across = x.shape[1:4]
    x = layers.Reshape((frames, height * across, filters))(x)
    x = wrap(_convolution(layers.Conv2D, filters, (3, 1), (1 + halved, 1), bias))(x)
    return layers.Reshape((x.shape[1], height, across, filters))(x)


def _in_space_and_time(x, filters, halved, wrap, bias):
    return wrap(_convolution(layers.Conv3D, filters, (3, 4, 4), (1 + halved, 2, 2), bias))(x)


_FORMS = {"shift": _shift, "2+1d": _apart_in_time, "3d": _in_space_and_time}


def _apart(x, layer):
    """A layer of pictures on every frame."""
    made = layer(ops.reshape(x, (-1, *x.shape[2:])))
    return ops.reshape(made, (-1, x.shape[1], *made.shape[1:]))


def _halved(x):
    """Means of two frames; of an odd number the last stays as it is."""
    frames = x.shape[1]
    even = frames - frames % 2
    pairs = 0.5 * (x[:, 0:even:2] + x[:, 1:even:2])
    return ops.concatenate([pairs, x[:, even:]], axis=1) if frames % 2 else pairs


def _convolution(kind, filters, kernel, strides, bias):
    return kind(filters, kernel, strides, padding="same", use_bias=bias, kernel_initializer=_normal())


def _normal():
    return keras.initializers.RandomNormal(0.0, 0.02)
