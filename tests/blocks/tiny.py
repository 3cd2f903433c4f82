"""A game so small that its mathematics can be done by hand."""

import keras
import numpy as np
from keras import layers, ops

from multigan import AdversarialGame, DataInfo, stabiliser_options

POINTS = DataInfo(name="points", shape=(2,), field="point")
IMAGES = DataInfo(name="images", shape=(8, 8, 1))
DRAW = np.random.default_rng(0)


class Tiny(AdversarialGame):
    """Linear players without biases; what the opponent is shown is kept in `seen`, one array for each look."""

    def build_generator(self, data):
        z = keras.Input((self.options["latent_dim"],))
        x = layers.Dense(int(np.prod(data.shape)), use_bias=False)(z)
        return keras.Model(z, layers.Reshape(data.shape)(x), name="generator")

    def build_opponent(self, data):
        *sides, last = data.shape
        x = keras.Input((*sides, last * self.options["pack"]))
        return keras.Model(x, layers.Dense(1, use_bias=False)(layers.Flatten()(x)), name="discriminator")

    def judge(self, view, batch):
        if not hasattr(self, "looks"):
            object.__setattr__(self, "looks", [])
        self.looks.append(view)
        return super().judge(view, batch)

    @property
    def seen(self):
        return [numpy(view) for view in self.looks]


class Given(Tiny):
    """Its generated samples come with the batch, moved by a weight that starts at zero."""

    def fake(self, batch):
        return batch["fake"] + super().fake(batch) * 0.0


def make(kind=Tiny, data=POINTS, **options):
    """A compiled game with every shared option at its default but for those given."""
    modality = "points" if len(data.shape) == 1 else "images"
    defaults = {name: option.default for name, option in stabiliser_options(modality).items()} | {"latent_dim": 3}
    keras.utils.set_random_seed(0)
    game = kind(data, **defaults | options)
    game.compile(jit=keras.backend.backend() == "jax")
    return game


def batch_of(samples, **others):
    """A batch as the data pipeline makes it, as tensors."""
    key = "point" if np.ndim(samples) == 2 else "image"
    arrays = {key: samples, **others}
    return {name: ops.convert_to_tensor(np.asarray(array, "float32")) for name, array in arrays.items()}


def normal(*shape, scale=1.0):
    return DRAW.normal(0.0, scale, shape).astype("float32")


def numpy(value):
    return ops.convert_to_numpy(value)


def kernel(game, player):
    """The one kernel of a player `(inputs, outputs)`."""
    return numpy(game.player_variables(player)[0].value)


def loss(terms):
    return {name: float(numpy(term)) for name, term in terms.items()}
