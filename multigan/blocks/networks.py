"""Networks that several papers share: stacks of convolutions as DCGAN's, stacks of dense layers as the first GAN's."""

import random
from collections.abc import Callable, Sequence

import keras
from keras import layers

from multigan.blocks.condition import Condition
from multigan.engine.layers import BatchNormalization, LeakyReLU, MinibatchStandardDeviation, SpectralNormalization
from multigan.errors import UsageError
from multigan.recipe import DataInfo

__all__ = ["convolutional_critic", "convolutional_generator", "dense_critic", "dense_generator", "stage_sizes"]

# Standard deviations between these have squares that float32 and Normalization hold.
SQUARED = (1e-6, 1e18)


def stage_sizes(height: int, width: int) -> list[tuple[int, int]]:
    """The feature maps' sizes from the smallest to the image, each twice the one before: 64 x 64 has 4, 8, 16, 32, 64.

    Raises:
        UsageError: no number of halvings ends at sides of 3 to 8 pixels (the longer side: 32).
    """
    sizes = [(height, width)]
    while min(sizes[0]) >= 6 and sizes[0][0] % 2 == 0 and sizes[0][1] % 2 == 0:
        sizes.insert(0, (sizes[0][0] // 2, sizes[0][1] // 2))
    if len(sizes) < 2 or min(sizes[0]) > 8 or max(sizes[0]) > 32:
        near = max(8, round(min(height, width) / 16) * 16)
        raise UsageError(f"images of {height} x {width} cannot be halved down to 3 to 8 pixels; try -o size={near}")
    return sizes


def convolutional_generator(
    shape: Sequence[int], latent_dim: int, width: int = 64, *, condition: Condition | None = None
) -> keras.Model:
    """DCGAN's generator (arXiv 1511.06434): z `(batch, latent_dim)` to images `(batch, *shape)` in [-1, 1].

    Args:
        shape: height, width, channels.
        latent_dim: of z.
        width: channels of the outermost hidden layer; doubled at every stage inwards.
        condition: joined to z (arXiv 1411.1784); the network then takes `[z, condition]`.
    """
    *sizes, _ = stage_sizes(*shape[:2])
    filters = [width * 2**k for k in reversed(range(len(sizes)))]
    inputs, x = _noise(latent_dim, condition)
    # A transposed convolution of a 1 x 1 map is a dense layer; batch norm is per channel: after the reshape.
    x = layers.Dense(sizes[0][0] * sizes[0][1] * filters[0], use_bias=False, kernel_initializer=_normal())(x)
    x = layers.Reshape((*sizes[0], filters[0]))(x)
    for channels in [*filters[1:], shape[2]]:
        x = layers.ReLU()(_batch_norm()(x))
        x = _convolution(channels, layers.Conv2DTranspose)(x)
    # The image leaves in float32 whatever the precision of the layers before it.
    return keras.Model(inputs, layers.Activation("tanh", dtype="float32")(x), name="generator")


def convolutional_critic(
    shape: Sequence[int],
    width: int = 64,
    *,
    norm: str = "batch",
    minibatch_stddev: bool = False,
    condition: Condition | None = None,
    projection: bool = False,
    name: str = "discriminator",
) -> keras.Model:
    """DCGAN's discriminator (arXiv 1511.06434): images `(batch, *shape)` to scores `(batch, 1)`.

    Args:
        shape: height, width, channels.
        width: channels of the first layer; doubled at every stage.
        norm: between convolutions and activations, but for the first: "batch", "layer" (over all positions and
            channels of a sample, arXiv 1607.06450), "spectral" (of every kernel, arXiv 1802.05957) or "none".
        minibatch_stddev: a channel with the batch's deviation before the last layer (arXiv 1710.10196).
        condition: what is judged with the image; the network then takes `[images, condition]`.
        projection: the condition meets the features in a dot product (arXiv 1802.05637); else it is joined to the
            image, each entry a channel of its own (arXiv 1411.1784).
        name: of the network.
    """
    wrap = _wrapper(norm)
    inputs = [keras.Input(tuple(shape))]
    x = inputs[0]
    if condition:
        inputs.append(condition.input())
        vector = condition.encode(inputs[1])
        if not projection:
            maps = layers.UpSampling2D(tuple(shape[:2]))(layers.Reshape((1, 1, condition.length))(vector))
            x = layers.Concatenate()([x, maps])
    for stage in range(len(stage_sizes(*shape[:2])) - 1):
        # Without batch norm a bias is what lets a critic see contrast: convolutions and LeakyReLU alone scale with the
        # image, and layer norm takes out the scale.
        x = wrap(_convolution(width * 2**stage, bias=norm != "batch"))(x)
        if stage > 0:
            x = _normalised(x, norm)
        x = _leaky(norm)(x)
    if minibatch_stddev:
        x = MinibatchStandardDeviation()(x)
    features = layers.Flatten()(x)
    score = wrap(layers.Dense(1, use_bias=False, kernel_initializer=_normal()))(features)
    if condition and projection:
        embedded = wrap(layers.Dense(features.shape[-1], use_bias=False, kernel_initializer=_normal()))(vector)
        score = layers.Add()([score, layers.Dot(axes=1)([embedded, features])])
    return keras.Model(inputs if condition else inputs[0], score, name=name)


def dense_generator(
    data: DataInfo,
    latent_dim: int,
    widths: Sequence[int],
    *,
    batch_norm: bool = True,
    condition: Condition | None = None,
) -> keras.Model:
    """Dense layers: z `(batch, latent_dim)` to samples `(batch, *data.shape)`; images in [-1, 1], points in data units.

    Args:
        data: its shape, and the mean and scale of points.
        latent_dim: of z.
        widths: units of the hidden layers, each followed by ReLU.
        batch_norm: before each ReLU.
        condition: joined to z (arXiv 1411.1784); the network then takes `[z, condition]`.
    """
    inputs, x = _noise(latent_dim, condition)
    for units in widths:
        x = layers.Dense(units, use_bias=not batch_norm, kernel_initializer="he_normal")(x)
        x = layers.ReLU()(_batch_norm_dense()(x) if batch_norm else x)
    if len(data.shape) == 1:
        x = layers.Dense(data.shape[0])(x)
        # Not Normalization's inverse: what that layer holds becomes inputs of an ONNX model.
        mean, scale = _units(data)
        return keras.Model(inputs, layers.Rescaling(scale, mean, dtype="float32")(x), name="generator")
    x = layers.Dense(data.shape[0] * data.shape[1] * data.shape[2])(x)
    x = layers.Reshape(tuple(data.shape))(x)
    return keras.Model(inputs, layers.Activation("tanh", dtype="float32")(x), name="generator")


def dense_critic(
    data: DataInfo,
    widths: Sequence[int],
    *,
    pack: int = 1,
    maxout: int = 0,
    dropout: float = 0.0,
    input_dropout: float = 0.0,
    norm: str = "none",
    minibatch_stddev: bool = False,
    bias: bool = True,
    condition: Condition | None = None,
    projection: bool = False,
    name: str = "discriminator",
) -> keras.Model:
    """Dense layers: samples, `pack` of them side by side on the last axis, to scores `(batch, 1)`.

    Args:
        data: its shape, and the mean and scale of points.
        widths: units of the hidden layers.
        pack: samples that are judged together (arXiv 1712.04086).
        maxout: each unit is the largest of so many (arXiv 1302.4389); 0: LeakyReLU instead.
        dropout: share of each hidden layer's units that the next layer does without in training (arXiv 1207.0580).
        input_dropout: the same, of the samples' entries.
        norm: "none", "layer" or "spectral".
        minibatch_stddev: the batch's deviation before the last layer (arXiv 1710.10196).
        bias: of the score; a Wasserstein loss, which subtracts scores, gives it no gradient.
        condition, projection: as in `convolutional_critic`; joined, its vector stands beside the sample's entries.
        name: of the network.
    """
    wrap = _wrapper(norm)
    inputs = [keras.Input((*data.shape[:-1], pack * data.shape[-1]))]
    x = _scaled(inputs[0], data, pack) if len(data.shape) == 1 else layers.Flatten()(inputs[0])
    if condition:
        inputs.append(condition.input())
        vector = condition.encode(inputs[1])
        if not projection:
            x = layers.Concatenate()([x, vector])
    x = _dropout(input_dropout)(x) if input_dropout else x
    for units in widths:
        x = wrap(layers.Dense(units * (maxout or 1), kernel_initializer="he_normal"))(x)
        x = layers.LayerNormalization(epsilon=1e-5)(x) if norm == "layer" else x
        x = layers.GlobalMaxPooling1D()(layers.Reshape((maxout, units))(x)) if maxout else _leaky(norm)(x)
        x = _dropout(dropout)(x) if dropout else x
    x = MinibatchStandardDeviation()(x) if minibatch_stddev else x
    score = wrap(layers.Dense(1, use_bias=bias))(x)
    if condition and projection:
        score = layers.Add()([score, layers.Dot(axes=1)([wrap(layers.Dense(x.shape[-1], use_bias=False))(vector), x])])
    return keras.Model(inputs if condition else inputs[0], score, name=name)


def _noise(latent_dim, condition):
    z = keras.Input((latent_dim,), name="z")
    if condition is None:
        return z, z
    given = condition.input()
    return [z, given], layers.Concatenate()([z, condition.encode(given)])


def _units(data) -> tuple[list[float], list[float]]:
    """Mean and scale of each column of points."""
    known, width = data.facts, data.shape[0]
    return list(known.get("mean") or (0.0,) * width), list(known.get("scale") or (1.0,) * width)


def _scaled(x, data, pack):
    """Points in the network's units."""
    mean, scale = _units(data)
    # Normalization squares scales in float32, and takes none for less than a ten-millionth.
    if not all(SQUARED[0] < deviation < SQUARED[1] for deviation in scale):
        offset = [-centre / deviation for centre, deviation in zip(mean, scale, strict=True)]
        return layers.Rescaling([1.0 / deviation for deviation in scale] * pack, offset * pack, dtype="float32")(x)
    variance = [deviation**2 for deviation in scale]
    return layers.Normalization(mean=mean * pack, variance=variance * pack, dtype="float32")(x)


def _normal(mean=0.0):
    return keras.initializers.RandomNormal(mean, 0.02)


def _batch_norm():
    # torch's momentum 0.1 and epsilon, which the reference trained with.
    return BatchNormalization(momentum=0.9, epsilon=1e-5, gamma_initializer=_normal(1.0))


def _batch_norm_dense():
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5)


def _dropout(share):
    # With a seed, which set_random_seed decides: without one Keras draws, on PyTorch, from a generator that no
    # checkpoint holds.
    return layers.Dropout(share, seed=random.randrange(2**31))


def _convolution(channels, kind=layers.Conv2D, bias=False):
    return kind(channels, 4, 2, padding="same", use_bias=bias, kernel_initializer=_normal())


def _wrapper(norm: str) -> Callable:
    if norm not in ("batch", "layer", "spectral", "none"):
        raise ValueError(f"norm {norm!r}: not one of batch, layer, spectral, none")
    return SpectralNormalization if norm == "spectral" else lambda layer: layer


def _normalised(x, norm: str):
    if norm == "batch":
        return _batch_norm()(x)
    return layers.GroupNormalization(groups=1, epsilon=1e-5)(x) if norm == "layer" else x


def _leaky(norm: str):
    # Where a penalty may differentiate twice; batch norm and penalties on single samples exclude each other.
    return layers.LeakyReLU(0.2) if norm == "batch" else LeakyReLU(0.2)
