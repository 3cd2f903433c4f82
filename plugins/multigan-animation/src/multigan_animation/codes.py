"""Codes of clips: the network that finds them, the one that draws them, and the one that judges what it draws."""

import keras
from keras import layers, ops

from multigan import BatchNormalization, Condition, SpectralNormalization, stage_sizes

__all__ = ["Codes", "clip_encoder", "code_critic", "mapping"]

UNITS, DEPTH = 256, 3


def clip_encoder(shape: tuple[int, int, int, int], code_dim: int, width: int) -> keras.Model:
    """Returns the network from clips `(batch, *shape)` to their codes `(batch, code_dim)`, each entry of mean 0 and
    deviation 1 over a batch.

    Frames are channels of one picture, which is halved down to 3 to 8 pixels.

    Args:
        shape: frames, height, width, channels.
        code_dim: of the code.
        width: channels of the first layer; doubled at every layer, up to eight times as many.
    """
    frames, height, across, channels = shape
    clip = keras.Input(tuple(shape), name="clip")
    x = layers.Reshape((height, across, frames * channels))(layers.Permute((2, 3, 1, 4))(clip))
    for level in range(len(stage_sizes(height, across)) - 1):
        x = layers.Conv2D(width * 2 ** min(level, 3), 4, 2, padding="same", use_bias=False)(x)
        x = layers.LeakyReLU(0.2)(BatchNormalization(momentum=0.9, epsilon=1e-5)(x))
    # The norm that follows would take a bias out again.
    x = layers.Dense(code_dim, use_bias=False, dtype="float32")(layers.Flatten()(x))
    x = BatchNormalization(momentum=0.9, epsilon=1e-5, center=False, scale=False, dtype="float32")(x)
    return keras.Model(clip, x, name="encoder")


def mapping(code_dim: int, condition: Condition | None) -> keras.Model:
    """Returns the network from normal noise `(batch, code_dim)` (and what is asked for) to codes of that size."""
    z = keras.Input((code_dim,), name="z")
    given = [z, condition.input()] if condition else [z]
    x = layers.Concatenate()([z, condition.encode(given[1])]) if condition else z
    return keras.Model(given if condition else z, _stack(x, code_dim, lambda layer: layer), name="mapping")


def code_critic(code_dim: int, condition: Condition | None) -> keras.Model:
    """Returns the network from codes `(batch, code_dim)` (and what was asked for, as vectors) to scores `(batch, 1)`;
    every kernel has spectral norm (arXiv 1802.05957).
    """
    codes = keras.Input((code_dim + (condition.length if condition else 0),))
    return keras.Model(codes, _stack(codes, 1, SpectralNormalization, bias=False), name="judge")


def _stack(x, made, wrap, bias=True):
    for _ in range(DEPTH):
        x = layers.LeakyReLU(0.2)(wrap(layers.Dense(UNITS))(x))
    return layers.Activation("linear", dtype="float32")(wrap(layers.Dense(made, use_bias=bias))(x))


class Codes(keras.layers.Layer):
    """The codes that were found last, each with what its clip was asked for by: a batch alone has too few to tell how
    they are spread.

    Args:
        size: how many.
        length: of a code and what it is asked for by.
        seed: `keras.random.SeedGenerator`.
    """

    def __init__(self, size: int, length: int, seed, **kwargs):
        super().__init__(trainable=False, **kwargs)
        self.size, self.seed = size, seed
        self.kept = self.add_weight(shape=(size, length), initializer="zeros", trainable=False, name="kept")
        self.given = self.add_weight(shape=(), initializer="zeros", dtype="int32", trainable=False, name="given")

    def give(self, codes) -> None:
        """Keeps codes `(count, length)` in place of the oldest; no gradient goes through them."""
        count = codes.shape[0]
        places = (self.given % self.size + ops.arange(count, dtype="int32")) % self.size
        codes = ops.stop_gradient(ops.cast(codes, self.kept.dtype))
        self.kept.assign(ops.scatter_update(self.kept, places[:, None], codes))
        # Full is full, and the next place is all that matters from then on.
        ahead = self.given + count
        self.given.assign(ops.where(ahead >= 2 * self.size, ahead - self.size, ahead))

    def take(self, count: int):
        """Returns `count` of them, `(count, length)`, drawn by chance, some perhaps twice."""
        known = ops.cast(ops.minimum(self.given, self.size), "float32")
        chance = keras.random.uniform((count,), seed=self.seed)
        rows = ops.minimum(ops.cast(chance * known, "int32"), self.size - 1)
        return ops.take(ops.convert_to_tensor(self.kept), rows, axis=0)
