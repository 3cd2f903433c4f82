"""WaveGAN's networks (Donahue et al., 2018, arXiv 1802.04208, tables 3 and 4)."""

from collections.abc import Callable, Sequence

import keras
import numpy as np
from keras import layers

from multigan import Condition, LeakyReLU, MinibatchStandardDeviation, SpectralNormalization, UsageError
from multigan_wavegan.layers import PhaseShuffle, StridedConv1D, TransposedConv1D

__all__ = ["LENGTHS", "stride_plan", "wave_critic", "wave_generator"]

LENGTHS = (4_096, 8_192, 16_384, 32_768, 65_536)
FIRST = 16  # steps of the smallest feature map


def stride_plan(length: int) -> list[int]:
    """The strides from 16 steps to `length`: fours, and a last two where the length asks for it, as the reference's.

    Raises:
        UsageError: `length` is not 16 times a power of two, or is less than 32.
    """
    strides, rest = [], length // FIRST
    while rest >= 4 and rest % 4 == 0:
        strides.append(4)
        rest //= 4
    if rest == 2:
        strides.append(2)
        rest = 1
    if rest != 1 or not strides or length % FIRST:
        near = min(LENGTHS, key=lambda known: abs(known - length))
        raise UsageError(
            f"sounds of {length:,} samples: this recipe makes {', '.join(map('{:,}'.format, LENGTHS))}; "
            f"try -o length={near}"
        )
    return strides


def wave_generator(
    shape: Sequence[int],
    latent_dim: int,
    dim: int = 64,
    *,
    kernel: int = 25,
    upsample: str = "zeros",
    post_filter: int = 0,
    condition: Condition | None = None,
) -> keras.Model:
    """z `(batch, latent_dim)` to sounds `(batch, *shape)` in [-1, 1].

    Args:
        shape: samples, channels.
        latent_dim: of z.
        dim: channels of the outermost hidden layer; doubled at every stage inwards.
        kernel: length of the convolutions.
        upsample: "zeros": transposed convolutions, as in the paper; "nearest": each step is repeated before a
            convolution, which leaves less of the tones that zeros between steps make (arXiv 1802.04208, section 3.2).
        post_filter: length of a filter, learned with the generator, that each channel passes at the end; 0: none.
        condition: joined to z; the network then takes `[z, condition]`.
    """
    length, channels = shape
    strides = stride_plan(length)
    filters = [dim * 2**k for k in reversed(range(len(strides)))]
    inputs = z = keras.Input((latent_dim,), name="z")
    if condition:
        inputs = [z, condition.input()]
        z = layers.Concatenate()([z, condition.encode(inputs[1])])
    x = layers.ReLU()(layers.Reshape((FIRST, filters[0]))(layers.Dense(FIRST * filters[0])(z)))
    for stage, (stride, width) in enumerate(zip(strides, [*filters[1:], channels], strict=True)):
        if upsample == "nearest":
            x = layers.Conv1D(width, kernel, padding="same")(layers.UpSampling1D(stride)(x))
        else:
            x = TransposedConv1D(width, kernel, strides=stride, padding="same")(x)
        if stage < len(strides) - 1:
            x = layers.ReLU()(x)
    # The sound leaves in float32 whatever the precision of the layers before it.
    x = layers.Activation("tanh", dtype="float32")(x)
    if not post_filter:
        return keras.Model(inputs, x, name="generator")
    # Of each channel on its own, so that stereo stays stereo; it starts as what changes nothing.
    last = layers.DepthwiseConv1D(post_filter, padding="same", use_bias=False, dtype="float32", name="post_filter")
    model = keras.Model(inputs, last(x), name="generator")
    impulse = np.zeros((post_filter, channels, 1), "float32")
    impulse[(post_filter - 1) // 2] = 1.0
    last.set_weights([impulse])
    return model


def wave_critic(
    shape: Sequence[int],
    dim: int = 64,
    *,
    kernel: int = 25,
    phase_shuffle: int = 2,
    shuffle_by: str = "batch",
    spectral_norm: bool = False,
    minibatch_stddev: bool = False,
    bias: bool = True,
    condition: Condition | None = None,
) -> keras.Model:
    """Sounds `(batch, *shape)` to scores `(batch, 1)`.

    Args:
        shape: samples, channels.
        dim: channels of the first layer; doubled at every stage.
        kernel: length of the convolutions.
        phase_shuffle: n of the phase shuffle after every convolution but the last; 0: none.
        shuffle_by: "batch" or "sample".
        spectral_norm: of every kernel (arXiv 1802.05957).
        minibatch_stddev: a channel with the batch's deviation before the last layer (arXiv 1710.10196).
        bias: of the score, as the paper counts its parameters; a Wasserstein loss gives it no gradient.
        condition: meets the features in a dot product (arXiv 1802.05637); the network takes `[sounds, condition]`.
    """
    wrap: Callable = SpectralNormalization if spectral_norm else lambda layer: layer
    sounds = x = keras.Input(tuple(shape))
    strides = stride_plan(shape[0])
    for stage, stride in enumerate(strides):
        x = wrap(StridedConv1D(dim * 2**stage, kernel, strides=stride, padding="same"))(x)
        x = LeakyReLU(0.2)(x)
        if phase_shuffle and stage < len(strides) - 1:
            x = PhaseShuffle(phase_shuffle, shuffle_by)(x)
    if minibatch_stddev:
        x = MinibatchStandardDeviation()(x)
    features = layers.Flatten()(x)
    score = wrap(layers.Dense(1, use_bias=bias))(features)
    if condition is None:
        return keras.Model(sounds, score, name="discriminator")
    given = condition.input()
    embedded = wrap(layers.Dense(features.shape[-1], use_bias=False))(condition.encode(given))
    score = layers.Add()([score, layers.Dot(axes=1)([embedded, features])])
    return keras.Model([sounds, given], score, name="discriminator")
